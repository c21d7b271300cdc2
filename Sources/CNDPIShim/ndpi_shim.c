// nDPI's headers want the types of BSD (u_int), which strict C17 hides.
#define _DEFAULT_SOURCE
// Shows what a detection module is made of: detectors on the same tables change places in it.
#define NDPI_LIB_COMPILATION

#include "ndpi_shim.h"

#include <malloc.h>
#include <ndpi_main.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// 4.2 (Debian 12) is what this is built and tested with. Between 4.4 and 4.8 only the packet call grew an
// argument; later versions ask for a global context and renamed the verdict: read them before lifting this.
#if NDPI_MAJOR != 4 || NDPI_MINOR < 2 || NDPI_MINOR > 8
#error "CNDPIShim knows nDPI 4.2 to 4.8; see the differences named above"
#endif

enum { longestPacket = 65535, slack = 4096 };

struct flow_state {
    struct ndpi_flow_struct flow;
    // What the last packet told; later packets may refine it, `flow` alone does not hold all of it.
    ndpi_protocol found;
};

// What a module learns from flows for later ones, and all that changes in it but the packet at hand: the pointers
// to its caches, which it makes when it needs them. Known of 4.2; a module of another version has one detector.
#if NDPI_MINOR == 2
enum {
    firstCache = offsetof(struct ndpi_detection_module_struct, ookla_cache),
    cacheOctets = offsetof(struct ndpi_detection_module_struct, msteams_cache) - firstCache + sizeof(void *),
};
// Of libcache.h, which is not installed.
void cache_free(struct cache *cache);
#else
enum { firstCache = 0, cacheOctets = 0 };
#endif

struct ntds_dpi_tables {
    struct ndpi_detection_module_struct *module;
    // The detector whose caches are in the module.
    struct ntds_dpi *active;
    size_t detectors;
    size_t copiedOctets;
    // The packet, and behind it zeros: dissectors of 4.2 that read beyond its end find no neighbour there.
    uint8_t packet[longestPacket + slack];
};

struct ntds_dpi {
    struct ntds_dpi_tables *tables;
    size_t heapOctets;
    // While another detector is active.
    uint8_t caches[cacheOctets + 1];
};

// nDPI takes allocation functions for the whole process; the detector at work on this thread is charged.
static _Thread_local struct ntds_dpi *working;
static pthread_once_t hooks = PTHREAD_ONCE_INIT;
static pthread_mutex_t creation = PTHREAD_MUTEX_INITIALIZER;

static void *counted_malloc(size_t size) {
    void *memory = malloc(size);
    if (working != NULL && memory != NULL) working->heapOctets += malloc_usable_size(memory);
    return memory;
}

static void counted_free(void *memory) {
    if (working != NULL && memory != NULL) working->heapOctets -= malloc_usable_size(memory);
    free(memory);
}

static void install_hooks(void) {
    set_ndpi_malloc(counted_malloc);
    set_ndpi_free(counted_free);
    set_ndpi_flow_malloc(counted_malloc);
    set_ndpi_flow_free(counted_free);
}

struct ntds_dpi_tables *ntds_dpi_tables_create(void) {
    struct ntds_dpi_tables *tables = calloc(1, sizeof *tables);
    if (tables == NULL) return NULL;
    pthread_once(&hooks, install_hooks);
    pthread_mutex_lock(&creation);
    tables->module = ndpi_init_detection_module(ndpi_no_prefs);
    if (tables->module != NULL) {
        NDPI_PROTOCOL_BITMASK all;
        NDPI_BITMASK_SET_ALL(all);
        ndpi_set_protocol_detection_bitmask2(tables->module, &all);
        ndpi_finalize_initialization(tables->module);
    }
    pthread_mutex_unlock(&creation);
    if (tables->module == NULL) {
        free(tables);
        return NULL;
    }
    return tables;
}

void ntds_dpi_tables_destroy(struct ntds_dpi_tables *tables) {
    if (tables == NULL) return;
    pthread_mutex_lock(&creation);
    ndpi_exit_detection_module(tables->module);
    pthread_mutex_unlock(&creation);
    free(tables);
}

// Whether a module has its caches where the header that this is built with says: members before and behind are there.
static int knows_caches(struct ndpi_detection_module_struct *module) {
#if NDPI_MINOR == 2
    return cacheOctets == 8 * sizeof(void *)
        && module->ndpi_num_supported_protocols == ndpi_get_num_supported_protocols(module)
        && ndpi_get_proto_defaults(module) == module->proto_defaults;
#else
    (void)module;
    return 0;
#endif
}

struct ntds_dpi *ntds_dpi_create(struct ntds_dpi_tables *tables) {
    if (tables->detectors > 0 && !knows_caches(tables->module)) return NULL;
    struct ntds_dpi *dpi = calloc(1, sizeof *dpi);
    if (dpi == NULL) return NULL;
    dpi->tables = tables;
    if (tables->detectors++ == 0) tables->active = dpi;
    return dpi;
}

// Puts the detector's caches into the module.
static struct ndpi_detection_module_struct *module_of(struct ntds_dpi *dpi) {
    struct ntds_dpi_tables *tables = dpi->tables;
    if (tables->active != dpi) {
        uint8_t *caches = (uint8_t *)tables->module + firstCache;
        if (tables->active != NULL) memcpy(tables->active->caches, caches, cacheOctets);
        memcpy(caches, dpi->caches, cacheOctets);
        tables->active = dpi;
    }
    return tables->module;
}

static void free_caches(struct ndpi_detection_module_struct *module) {
#if NDPI_MINOR == 2
    struct ndpi_lru_cache **caches[] = {
        &module->ookla_cache, &module->bittorrent_cache, &module->zoom_cache, &module->stun_cache,
        &module->tls_cert_cache, &module->mining_cache, &module->msteams_cache};
    for (size_t index = 0; index < sizeof caches / sizeof caches[0]; index++) {
        if (*caches[index] != NULL) ndpi_lru_free_cache(*caches[index]);
        *caches[index] = NULL;
    }
    if (module->tinc_cache != NULL) cache_free(module->tinc_cache);
    module->tinc_cache = NULL;
#else
    (void)module; // they go with it
#endif
}

void ntds_dpi_destroy(struct ntds_dpi *dpi) {
    if (dpi == NULL) return;
    struct ntds_dpi_tables *tables = dpi->tables;
    if (knows_caches(tables->module)) {
        free_caches(module_of(dpi));
        tables->active = NULL;
    }
    tables->detectors--;
    free(dpi);
}

size_t ntds_dpi_state_octets(void) { return sizeof(struct flow_state); }

size_t ntds_dpi_heap_octets(const struct ntds_dpi *dpi) { return dpi->heapOctets; }

// A network header without options, extensions or fragments, that says what was captured: nDPI has nothing left
// to misread, and no length from the wire invites it to read on.
static void write_network_header(
    uint8_t *header, size_t headerOctets, uint8_t protocolNumber, size_t length) {
    if (headerOctets == 20) {
        header[0] = 0x45;
        header[2] = (uint8_t)(length >> 8);
        header[3] = (uint8_t)length;
        header[6] = 0;
        header[7] = 0;
        header[9] = protocolNumber;
    } else {
        header[4] = (uint8_t)((length - headerOctets) >> 8);
        header[5] = (uint8_t)(length - headerOctets);
        header[6] = protocolNumber;
    }
}

// The guess by ports and addresses that nDPI 4.2 makes at a flow's first packet, where it looks the addresses up twice.
static void guess(
    struct ndpi_detection_module_struct *module, struct ndpi_flow_struct *flow,
    const struct ntds_dpi_packet *packet) {
#if NDPI_MINOR == 2
    const int hasPorts = packet->protocolNumber == IPPROTO_TCP || packet->protocolNumber == IPPROTO_UDP;
    if (flow->protocol_id_already_guessed || !hasPorts) return;
    uint16_t ports[2]; // as they are sent
    memcpy(ports, packet->transport, sizeof ports);
    uint8_t isCustom = 0;
    const uint16_t byPort = ndpi_guess_protocol_id(
        module, flow, packet->protocolNumber, ntohs(ports[0]), ntohs(ports[1]), &isCustom);
    if (isCustom) return;
    flow->protocol_id_already_guessed = 1;
    flow->guessed_protocol_id = byPort;
    for (int end = 0; end < 2 && !packet->isVersion6 && flow->guessed_host_protocol_id == 0; end++) {
        struct in_addr address;
        memcpy(&address, (const uint8_t *)packet->network + 12 + 4 * end, sizeof address);
        flow->guessed_host_protocol_id = ndpi_network_port_ptree_match(module, &address, ports[end]);
    }
#else
    (void)module, (void)flow, (void)packet;
#endif
}

int ntds_dpi_inspect(
    struct ntds_dpi *dpi, void *state, const struct ntds_dpi_packet *packet, uint64_t milliseconds) {
    struct ntds_dpi_tables *tables = dpi->tables;
    const size_t headerOctets = packet->isVersion6 ? 40 : 20;
    size_t restOctets = packet->transportOctets;
    if (restOctets > longestPacket - headerOctets) restOctets = longestPacket - headerOctets;
    const size_t length = headerOctets + restOctets;
    memcpy(tables->packet, packet->network, headerOctets);
    memcpy(tables->packet + headerOctets, packet->transport, restOctets);
    if (length < tables->copiedOctets) memset(tables->packet + length, 0, tables->copiedOctets - length);
    tables->copiedOctets = length;
    write_network_header(tables->packet, headerOctets, packet->protocolNumber, length);

    struct flow_state *seen = state;
    struct ndpi_detection_module_struct *module = module_of(dpi);
    working = dpi;
    guess(module, &seen->flow, packet);
    seen->found = ndpi_detection_process_packet(
        module, &seen->flow, tables->packet, (unsigned short)length, milliseconds
#if NDPI_MINOR >= 6
        ,
        NULL
#endif
    );
    const int wantsMore = seen->found.app_protocol == NDPI_PROTOCOL_UNKNOWN
        || ndpi_extra_dissection_possible(module, &seen->flow);
    working = NULL;
    return wantsMore;
}

static uint8_t confidence_of(const struct ndpi_flow_struct *flow) {
    switch (flow->confidence) {
    case NDPI_CONFIDENCE_UNKNOWN: return ntds_dpi_nothing;
    case NDPI_CONFIDENCE_MATCH_BY_PORT: return ntds_dpi_by_port;
    case NDPI_CONFIDENCE_MATCH_BY_IP: return ntds_dpi_by_address;
    case NDPI_CONFIDENCE_DPI_CACHE: return ntds_dpi_by_cache;
    case NDPI_CONFIDENCE_DPI: return ntds_dpi_by_payload;
    default: return ntds_dpi_in_part; // those that later versions put between the cache and the payload
    }
}

// Fingerprints lie in a union with what dissectors of other protocols keep.
static int carries_tls(ndpi_protocol found) {
    const uint16_t numbers[] = {found.master_protocol, found.app_protocol};
    for (int index = 0; index < 2; index++) {
        switch (numbers[index]) {
        case NDPI_PROTOCOL_TLS:
        case NDPI_PROTOCOL_DTLS:
        case NDPI_PROTOCOL_QUIC: return 1;
        default: break;
        }
    }
    return 0;
}

static const char *fingerprint(const char *text) {
    for (int index = 0; index < 32; index++) {
        const char digit = text[index];
        if (!((digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f'))) return NULL;
    }
    return text[32] == '\0' ? text : NULL;
}

void ntds_dpi_conclude(struct ntds_dpi *dpi, void *state, struct ntds_dpi_verdict *verdict) {
    struct flow_state *seen = state;
    struct ndpi_flow_struct *flow = &seen->flow;
    ndpi_protocol found = seen->found;
    if (found.app_protocol == NDPI_PROTOCOL_UNKNOWN) {
        uint8_t isGuessed = 0;
        struct ndpi_detection_module_struct *module = module_of(dpi);
        working = dpi;
        found = ndpi_detection_giveup(module, flow, 1, &isGuessed);
        working = NULL;
    }

    memset(verdict, 0, sizeof *verdict);
    verdict->carrier = found.master_protocol;
    verdict->application = found.app_protocol;
    verdict->category = (uint16_t)found.category;
    verdict->confidence = confidence_of(flow);
    verdict->risks = flow->risk;
    if (flow->host_server_name[0] != '\0') {
        verdict->hostName = (const char *)flow->host_server_name;
        verdict->hostNameCapacity = sizeof flow->host_server_name;
    }
    if (carries_tls(found)) {
        verdict->clientFingerprint = fingerprint(flow->protos.tls_quic.ja3_client);
        verdict->serverFingerprint = fingerprint(flow->protos.tls_quic.ja3_server);
    }
}

void ntds_dpi_reset(struct ntds_dpi *dpi, void *state) {
    working = dpi;
    ndpi_free_flow_data(&((struct flow_state *)state)->flow);
    working = NULL;
    memset(state, 0, sizeof(struct flow_state));
}

uint16_t ntds_dpi_application_count(struct ntds_dpi_tables *tables) {
    return (uint16_t)ndpi_get_num_supported_protocols(tables->module);
}

uint8_t ntds_dpi_risk_count(void) { return NDPI_MAX_RISK; }

const char *ntds_dpi_application_name(struct ntds_dpi_tables *tables, uint16_t application) {
    const char *name = ndpi_get_proto_name(tables->module, application);
    return name != NULL ? name : "Unknown";
}

const char *ntds_dpi_category_name(struct ntds_dpi_tables *tables, uint16_t category) {
    const char *name = ndpi_category_get_name(tables->module, (ndpi_protocol_category_t)category);
    return name != NULL ? name : "Unspecified";
}

const char *ntds_dpi_risk_name(uint8_t risk) {
    const char *name = ndpi_risk2str((ndpi_risk_enum)risk);
    return name != NULL ? name : "Unknown";
}

const char *ntds_dpi_version(void) { return ndpi_revision(); }
