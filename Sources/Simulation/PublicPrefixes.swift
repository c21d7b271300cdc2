/// Networks of 65,536 public addresses each, by the country where they are used.
///
/// Every prefix belongs to one country and one network operator throughout, so that a look-up in any
/// geolocation database finds a plausible place. Weights imitate where a campus finds its servers:
/// a third in the United States, most of the rest in a dozen countries, a few everywhere.
struct PublicPrefixes {
    let country: String
    /// The share of the campus's peers, relative to the other countries.
    let weight: Double
    /// The first two octets of each network.
    let networks: [(UInt8, UInt8)]

    init(_ country: String, _ weight: Double, _ networks: (UInt8, UInt8)...) {
        (self.country, self.weight, self.networks) = (country, weight, networks)
    }

    static let all: [PublicPrefixes] = [
        PublicPrefixes(
            "US", 320, (34, 149), (34, 160), (3, 80), (3, 83), (104, 16), (104, 18), (172, 228),
            (151, 101), (17, 1), (162, 125)),
        PublicPrefixes("BR", 60, (187, 46), (179, 118), (187, 20)),
        PublicPrefixes("CO", 70, (190, 126), (181, 204), (186, 118)),
        PublicPrefixes("DE", 60, (87, 129), (53, 127), (94, 220)),
        PublicPrefixes("NL", 50, (86, 80), (145, 91)),
        PublicPrefixes("GB", 50, (86, 152), (82, 28), (51, 11)),
        PublicPrefixes("FR", 40, (90, 29), (85, 171), (82, 237)),
        PublicPrefixes("IE", 40, (52, 210), (87, 47)),
        PublicPrefixes("JP", 40, (126, 238), (153, 172), (3, 112)),
        PublicPrefixes("CN", 40, (117, 87), (116, 155), (183, 175)),
        PublicPrefixes("SG", 30, (18, 142), (155, 62)),
        PublicPrefixes("SE", 25, (90, 233), (90, 129), (146, 75)),
        PublicPrefixes("CA", 25, (70, 64), (139, 142)),
        PublicPrefixes("KR", 20, (119, 200), (122, 38)),
        PublicPrefixes("IN", 20, (117, 217), (132, 154)),
        PublicPrefixes("AU", 20, (110, 143), (110, 21)),
        PublicPrefixes("ES", 20, (83, 46), (90, 74)),
        PublicPrefixes("IT", 20, (85, 32), (151, 44)),
        PublicPrefixes("MX", 20, (189, 155), (187, 166)),
        PublicPrefixes("AR", 20, (181, 168), (186, 134)),
        PublicPrefixes("CL", 20, (186, 106), (190, 163)),
        PublicPrefixes("RU", 20, (95, 53), (95, 25)),
        PublicPrefixes("TW", 12, (114, 32), (140, 123)),
        PublicPrefixes("ZA", 10, (105, 220), (105, 12)),
        PublicPrefixes("HK", 10, (112, 120)), PublicPrefixes("CH", 10, (138, 188)),
        PublicPrefixes("PL", 8, (83, 12)), PublicPrefixes("PE", 8, (190, 234)),
        PublicPrefixes("VE", 8, (190, 75)), PublicPrefixes("EC", 8, (186, 70)),
        PublicPrefixes("NO", 6, (88, 93)), PublicPrefixes("FI", 6, (137, 163)),
        PublicPrefixes("DK", 6, (87, 57)), PublicPrefixes("BE", 6, (91, 182)),
        PublicPrefixes("AT", 6, (93, 82)), PublicPrefixes("CZ", 6, (90, 177)),
        PublicPrefixes("RO", 6, (82, 77)), PublicPrefixes("PT", 6, (93, 102)),
        PublicPrefixes("UA", 6, (94, 179)), PublicPrefixes("TR", 6, (88, 227)),
        PublicPrefixes("IL", 5, (84, 94)), PublicPrefixes("VN", 5, (14, 249)),
        PublicPrefixes("TH", 5, (114, 109)), PublicPrefixes("MY", 5, (175, 136)),
        PublicPrefixes("ID", 5, (39, 236)), PublicPrefixes("PH", 4, (115, 147)),
        PublicPrefixes("NZ", 4, (118, 92)), PublicPrefixes("HU", 4, (145, 236)),
        PublicPrefixes("GR", 4, (85, 74)), PublicPrefixes("AE", 4, (92, 96)),
        PublicPrefixes("SA", 4, (94, 96)), PublicPrefixes("EG", 4, (156, 200)),
        PublicPrefixes("PA", 4, (190, 34)), PublicPrefixes("CR", 4, (201, 198)),
        PublicPrefixes("UY", 4, (179, 30)), PublicPrefixes("BO", 3, (179, 58)),
        PublicPrefixes("DO", 3, (179, 53)), PublicPrefixes("PY", 3, (181, 124)),
        PublicPrefixes("MA", 3, (154, 151)), PublicPrefixes("TN", 3, (154, 106)),
        PublicPrefixes("KE", 3, (105, 167)), PublicPrefixes("NG", 3, (129, 18)),
        PublicPrefixes("PK", 3, (39, 57)), PublicPrefixes("BG", 3, (87, 126)),
        PublicPrefixes("RS", 3, (109, 93)), PublicPrefixes("LT", 3, (78, 61)),
        PublicPrefixes("KZ", 3, (89, 218)), PublicPrefixes("GH", 2, (154, 168)),
        PublicPrefixes("LK", 2, (112, 135)), PublicPrefixes("SN", 2, (154, 124)),
        PublicPrefixes("TZ", 2, (156, 159)), PublicPrefixes("AO", 2, (105, 172)),
        PublicPrefixes("IS", 2, (160, 210)), PublicPrefixes("LU", 2, (158, 167)),
        PublicPrefixes("IR", 2, (5, 190)),
    ]
}
