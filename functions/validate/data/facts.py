"""Facts about countries that `pack.py` needs and no source of its carries."""

# GeoNames files regions under codes of its own. For the countries whose addresses carry a region we sell to, these are the codes of
# ISO 3166-2 (after the country's prefix); in GB and US the two agree already.
ISO_REGIONS = {
    "AU": dict(zip("01 02 03 04 05 06 07 08".split(), "ACT NSW NT QLD SA TAS VIC WA".split())),
    "BR": dict(zip(
        "01 02 03 04 05 06 07 08 11 13 14 15 16 17 18 20 21 22 23 24 25 26 27 28 29 30 31".split(),
        "AC AL AP AM BA CE DF ES MS MA MT MG PA PB PR PI RJ RN RS RO RR SC SP SE GO PE TO".split())),
    "CA": dict(zip(
        "01 02 03 04 05 07 08 09 10 11 12 13 14".split(), "AB BC MB NB NL NS ON PE QC SK YT NT NU".split())),
    "DE": dict(zip(
        "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16".split(),
        "BW BY HB HH HE NI NW RP SL SH BB MV SN ST TH BE".split())),
    "JP": dict(zip(
        (f"{n:02}" for n in range(1, 48)),
        "23 05 02 12 38 18 40 07 21 10 34 01 28 08 17 03 37 46 14 39 43 26 24 04 45 20 42 29 15 44 33 27 41 11 25 32 22 09 36 13 31 16 30 "
        "06 35 19 47".split())),
}  # fmt: skip
SAME_CODES = {"GB", "US"}

# One city per region whose place is beyond doubt: a slip in the table above would show here.
REGION_WITNESSES = [
    ("BR", "São Paulo", "SP"), ("BR", "Manaus", "AM"), ("BR", "Porto Alegre", "RS"), ("BR", "Goiânia", "GO"), ("BR", "Recife", "PE"),
    ("BR", "Campo Grande", "MS"), ("BR", "Cuiabá", "MT"), ("BR", "Teresina", "PI"), ("BR", "Vitória", "ES"), ("BR", "Palmas", "TO"),
    ("BR", "Aracaju", "SE"), ("BR", "João Pessoa", "PB"), ("BR", "Porto Velho", "RO"), ("BR", "Boa Vista", "RR"),
    ("CA", "Toronto", "ON"), ("CA", "Vancouver", "BC"), ("CA", "Halifax", "NS"), ("CA", "Regina", "SK"), ("CA", "Whitehorse", "YT"),
    ("CA", "Yellowknife", "NT"), ("CA", "Iqaluit", "NU"), ("CA", "Charlottetown", "PE"), ("CA", "Winnipeg", "MB"),
    ("AU", "Sydney", "NSW"), ("AU", "Perth", "WA"), ("AU", "Hobart", "TAS"), ("AU", "Darwin", "NT"), ("AU", "Canberra", "ACT"),
    ("DE", "Munich", "BY"), ("DE", "Berlin", "BE"), ("DE", "Dresden", "SN"), ("DE", "Magdeburg", "ST"), ("DE", "Erfurt", "TH"),
    ("DE", "Kiel", "SH"), ("DE", "Schwerin", "MV"), ("DE", "Mainz", "RP"), ("DE", "Saarbrücken", "SL"), ("DE", "Potsdam", "BB"),
    ("JP", "Tokyo", "13"), ("JP", "Osaka", "27"), ("JP", "Sapporo", "01"), ("JP", "Naha", "47"), ("JP", "Kyoto", "26"),
    ("JP", "Nagoya", "23"), ("JP", "Fukuoka", "40"), ("JP", "Niigata", "15"), ("JP", "Sendai", "04"), ("JP", "Hiroshima", "34"),
    ("JP", "Matsuyama", "38"), ("JP", "Yokohama", "14"), ("JP", "Kobe", "28"), ("JP", "Kagoshima", "46"), ("JP", "Yamagata", "06"),
]  # fmt: skip

# Names people write in an address where GeoNames' main name is the English one.
LOCAL_NAMES = {
    "AT": ["Wien"], "BE": ["Bruxelles", "Brussel", "Antwerpen", "Gent", "Brugge", "Liège"], "CH": ["Genève", "Zürich", "Luzern", "Bern"],
    "CZ": ["Praha"], "DE": ["München", "Köln", "Nürnberg", "Hannover"], "DK": ["København"], "EG": ["القاهرة"], "ES": ["Sevilla", "A Coruña"],
    "FI": ["Helsingfors"], "GR": ["Αθήνα", "Athina"], "HR": ["Zagreb"], "IT": ["Roma", "Milano", "Napoli", "Torino", "Firenze", "Venezia", "Genova"],
    "JP": ["東京", "大阪市", "京都市", "横浜市", "札幌市"], "KR": ["서울", "부산"], "KW": ["Al Kuwayt", "Kuwait"],
    "NL": ["Den Haag", "'s-Gravenhage"], "PL": ["Warszawa", "Kraków", "Łódź"], "PT": ["Lisboa"], "RO": ["București"],
    "RU": ["Москва", "Moskva"], "SE": ["Göteborg"], "UA": ["Київ"], "US": ["New York"], "CN": ["北京", "上海"], "TW": ["台北"],
}  # fmt: skip
# Spellings in common use that GeoNames files under another transliteration.
ADDED_NAMES = {"KW": {"Salmiya": "As Sālimīyah", "Hawally": "Ḩawallī"}}

# The script of an address, where it is not Latin.
NATIVE_SCRIPTS = {
    "ARABIC": "AE BH DZ EG IQ JO KW LB LY MA OM PS QA SA SD SY TN YE IR PK".split(),
    "CJK": "CN HK JP MO TW".split(), "HANGUL": ["KR"], "CYRILLIC": "BG BY KG KZ MK RS RU UA".split(),
    "GREEK": "CY GR".split(), "HEBREW": ["IL"], "THAI": ["TH"], "GEORGIAN": ["GE"], "ARMENIAN": ["AM"],
}  # fmt: skip
SCRIPT_OF = {country: script for script, countries in NATIVE_SCRIPTS.items() for country in countries}

# Where umlauts and rings are written out when the keyboard lacks them.
WRITTEN_OUT = {
    **dict.fromkeys(["DE", "AT", "CH", "LI"], {"ä": "ae", "ö": "oe", "ü": "ue"}),
    **dict.fromkeys(["DK", "NO"], {"å": "aa", "ø": "oe"}),
}
