// Written by Tools/countries/make.py from the tz database and Natural Earth, both public domain.

/// One country a line: ISO 3166 code (and `XK`), latitude and longitude of its centre, English name.
let countryTable = """
    AD	42.50	1.52	Andorra
    AE	23.87	54.21	United Arab Emirates
    AF	33.86	66.09	Afghanistan
    AG	17.05	-61.80	Antigua & Barbuda
    AI	18.20	-63.07	Anguilla
    AL	41.14	20.03	Albania
    AM	40.22	45.00	Armenia
    AO	-12.29	17.50	Angola
    AQ	-80.52	21.28	Antarctica
    AR	-35.22	-65.15	Argentina
    AS	-14.27	-170.70	American Samoa
    AT	47.61	14.08	Austria
    AU	-25.56	134.38	Australia
    AW	12.50	-69.97	Aruba
    AX	60.10	19.95	Åland Islands
    AZ	40.28	47.68	Azerbaijan
    BA	44.18	17.82	Bosnia & Herzegovina
    BB	13.10	-59.62	Barbados
    BD	23.84	90.27	Bangladesh
    BE	50.65	4.58	Belgium
    BF	12.31	-1.78	Burkina Faso
    BG	42.75	25.20	Bulgaria
    BH	26.38	50.58	Bahrain
    BI	-3.38	29.91	Burundi
    BJ	9.65	2.34	Benin
    BL	17.88	-62.85	Saint Barthélemy
    BM	32.28	-64.77	Bermuda
    BN	4.69	114.92	Brunei
    BO	-16.73	-64.64	Bolivia
    BQ	12.15	-68.28	Caribbean Netherlands
    BR	-10.81	-53.05	Brazil
    BS	24.51	-77.92	Bahamas
    BT	27.43	90.47	Bhutan
    BV	-54.42	3.36	Bouvet Island
    BW	-22.10	23.77	Botswana
    BY	53.51	27.98	Belarus
    BZ	17.20	-88.70	Belize
    CA	57.75	-101.57	Canada
    CC	-12.17	96.92	Cocos (Keeling) Islands
    CD	-2.85	23.58	DR Congo
    CF	6.54	20.37	Central African Republic
    CG	-0.84	15.13	Republic of the Congo
    CH	46.79	8.12	Switzerland
    CI	7.55	-5.61	Côte d'Ivoire
    CK	-21.23	-159.77	Cook Islands
    CL	-37.34	-71.67	Chile
    CM	5.66	12.61	Cameroon
    CN	36.61	103.87	China
    CO	3.93	-73.08	Colombia
    CR	9.97	-84.18	Costa Rica
    CU	21.63	-78.96	Cuba
    CV	14.92	-23.52	Cape Verde
    CW	12.18	-69.00	Curaçao
    CX	-10.42	105.72	Christmas Island
    CY	34.91	33.04	Cyprus
    CZ	49.78	15.33	Czech Republic
    DE	51.13	10.29	Germany
    DJ	11.77	42.50	Djibouti
    DK	56.22	9.31	Denmark
    DM	15.30	-61.40	Dominica
    DO	18.88	-70.46	Dominican Republic
    DZ	28.19	2.60	Algeria
    EC	-1.45	-78.38	Ecuador
    EE	58.64	25.82	Estonia
    EG	26.51	29.84	Egypt
    EH	24.29	-12.14	Western Sahara
    ER	15.43	38.68	Eritrea
    ES	40.35	-3.62	Spain
    ET	8.65	39.55	Ethiopia
    FI	64.50	26.21	Finland
    FJ	-17.83	178.00	Fiji
    FK	-51.71	-59.42	Falkland Islands
    FM	7.42	151.78	Micronesia
    FO	62.02	-6.77	Faroe Islands
    FR	46.61	2.34	France
    GA	-0.65	11.69	Gabon
    GB	53.88	-2.66	United Kingdom
    GD	12.05	-61.75	Grenada
    GE	42.16	43.48	Georgia
    GF	4.93	-52.33	French Guiana
    GG	49.45	-2.54	Guernsey
    GH	7.93	-1.24	Ghana
    GI	36.13	-5.35	Gibraltar
    GL	74.77	-41.50	Greenland
    GM	13.48	-15.43	Gambia
    GN	10.45	-11.06	Guinea
    GP	16.23	-61.53	Guadeloupe
    GQ	1.65	10.37	Equatorial Guinea
    GR	39.34	22.56	Greece
    GS	-54.27	-36.53	South Georgia
    GT	15.70	-90.37	Guatemala
    GU	13.47	144.75	Guam
    GW	12.02	-15.11	Guinea-Bissau
    GY	4.79	-58.97	Guyana
    HK	22.28	114.15	Hong Kong
    HM	-53.10	73.51	Heard Island & McDonald Islands
    HN	14.82	-86.59	Honduras
    HR	45.02	16.57	Croatia
    HT	18.90	-72.66	Haiti
    HU	47.20	19.36	Hungary
    ID	-0.25	114.02	Indonesia
    IE	53.18	-8.01	Ireland
    IL	31.48	35.00	Israel
    IM	54.15	-4.47	Isle of Man
    IN	22.93	79.59	India
    IO	-7.33	72.42	British Indian Ocean Territory
    IQ	33.04	43.76	Iraq
    IR	32.52	54.29	Iran
    IS	65.07	-18.76	Iceland
    IT	43.47	12.22	Italy
    JE	49.18	-2.11	Jersey
    JM	18.14	-77.32	Jamaica
    JO	31.25	36.78	Jordan
    JP	36.02	136.88	Japan
    KE	0.60	37.79	Kenya
    KG	41.51	74.62	Kyrgyzstan
    KH	12.68	104.88	Cambodia
    KI	1.42	173.00	Kiribati
    KM	-11.68	43.27	Comoros
    KN	17.30	-62.72	Saint Kitts & Nevis
    KP	40.14	127.17	North Korea
    KR	36.43	127.82	South Korea
    KW	29.31	47.60	Kuwait
    KY	19.30	-81.38	Cayman Islands
    KZ	48.19	67.28	Kazakhstan
    LA	18.44	103.75	Laos
    LB	33.91	35.87	Lebanon
    LC	14.02	-61.00	Saint Lucia
    LI	47.15	9.52	Liechtenstein
    LK	7.70	80.67	Sri Lanka
    LR	6.43	-9.41	Liberia
    LS	-29.63	28.17	Lesotho
    LT	55.28	23.88	Lithuania
    LU	49.77	5.97	Luxembourg
    LV	56.81	24.83	Latvia
    LY	27.00	17.97	Libya
    MA	29.89	-8.42	Morocco
    MC	43.70	7.38	Monaco
    MD	47.20	28.41	Moldova
    ME	42.79	19.29	Montenegro
    MF	18.07	-63.08	Saint Martin
    MG	-19.36	46.69	Madagascar
    MH	7.15	171.20	Marshall Islands
    MK	41.61	21.70	North Macedonia
    ML	17.27	-3.54	Mali
    MM	21.02	96.51	Myanmar
    MN	46.82	102.95	Mongolia
    MO	22.20	113.54	Macau
    MP	15.20	145.75	Northern Mariana Islands
    MQ	14.60	-61.08	Martinique
    MR	20.21	-10.33	Mauritania
    MS	16.72	-62.22	Montserrat
    MT	35.90	14.52	Malta
    MU	-20.17	57.50	Mauritius
    MV	4.17	73.50	Maldives
    MW	-13.17	34.19	Malawi
    MX	23.94	-102.58	Mexico
    MY	3.55	114.68	Malaysia
    MZ	-17.23	35.47	Mozambique
    NA	-22.10	17.16	Namibia
    NC	-21.26	165.53	New Caledonia
    NE	17.35	9.32	Niger
    NF	-29.05	167.97	Norfolk Island
    NG	9.55	8.00	Nigeria
    NI	12.85	-85.02	Nicaragua
    NL	52.30	5.51	Netherlands
    NO	64.54	14.24	Norway
    NP	28.24	84.01	Nepal
    NR	-0.52	166.92	Nauru
    NU	-19.02	-169.92	Niue
    NZ	-43.99	170.51	New Zealand
    OM	20.58	56.10	Oman
    PA	8.53	-80.11	Panama
    PE	-9.19	-74.39	Peru
    PF	-17.53	-149.57	French Polynesia
    PG	-6.65	144.33	Papua New Guinea
    PH	15.75	121.54	Philippines
    PK	29.97	69.41	Pakistan
    PL	52.15	19.31	Poland
    PM	47.05	-56.33	Saint Pierre & Miquelon
    PN	-25.07	-130.08	Pitcairn Islands
    PR	18.24	-66.48	Puerto Rico
    PS	31.94	35.27	Palestine
    PT	39.63	-8.06	Portugal
    PW	7.33	134.48	Palau
    PY	-23.25	-58.39	Paraguay
    QA	25.32	51.18	Qatar
    RE	-20.87	55.47	Réunion
    RO	45.86	24.94	Romania
    RS	44.23	20.82	Serbia
    RU	61.69	99.22	Russia
    RW	-2.01	29.92	Rwanda
    SA	24.12	44.52	Saudi Arabia
    SB	-7.90	159.10	Solomon Islands
    SC	-4.67	55.47	Seychelles
    SD	15.99	29.86	Sudan
    SE	62.81	16.60	Sweden
    SG	1.28	103.85	Singapore
    SH	-15.92	-5.70	Saint Helena
    SI	46.13	14.94	Slovenia
    SJ	78.00	16.00	Svalbard & Jan Mayen
    SK	48.73	19.51	Slovakia
    SL	8.53	-11.80	Sierra Leone
    SM	43.92	12.47	San Marino
    SN	14.35	-14.51	Senegal
    SO	4.75	45.73	Somalia
    SR	4.12	-55.91	Suriname
    SS	7.29	30.20	South Sudan
    ST	0.33	6.73	São Tomé & Príncipe
    SV	13.73	-88.87	El Salvador
    SX	18.05	-63.05	Sint Maarten
    SY	35.01	38.54	Syria
    SZ	-26.49	31.40	Eswatini
    TC	21.47	-71.13	Turks & Caicos Islands
    TD	15.33	18.58	Chad
    TF	-49.31	69.53	French Southern Territories
    TG	8.44	1.00	Togo
    TH	15.02	101.01	Thailand
    TJ	38.58	71.03	Tajikistan
    TK	-9.37	-171.23	Tokelau
    TL	-8.77	125.97	East Timor
    TM	39.09	59.28	Turkmenistan
    TN	34.17	9.53	Tunisia
    TO	-21.13	-175.20	Tonga
    TR	38.99	35.39	Turkey
    TT	10.43	-61.33	Trinidad & Tobago
    TV	-8.52	179.22	Tuvalu
    TW	23.74	120.97	Taiwan
    TZ	-6.26	34.75	Tanzania
    UA	49.15	31.23	Ukraine
    UG	1.30	32.36	Uganda
    UM	28.22	-177.37	US Minor Outlying Islands
    US	39.50	-99.06	United States
    UY	-32.78	-56.00	Uruguay
    UZ	41.75	63.20	Uzbekistan
    VA	41.90	12.45	Vatican City
    VC	13.15	-61.23	Saint Vincent & the Grenadines
    VE	7.16	-66.16	Venezuela
    VG	18.45	-64.62	British Virgin Islands
    VI	18.35	-64.93	US Virgin Islands
    VN	16.66	106.29	Vietnam
    VU	-15.22	166.91	Vanuatu
    WF	-13.30	-176.17	Wallis & Futuna
    WS	-13.83	-171.73	Samoa
    XK	42.58	20.90	Kosovo
    YE	15.91	47.54	Yemen
    YT	-12.78	45.23	Mayotte
    ZA	-28.96	25.12	South Africa
    ZM	-13.40	27.73	Zambia
    ZW	-18.91	29.79	Zimbabwe
    """
