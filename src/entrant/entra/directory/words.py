"""The words that invented people and their company are made of."""

_GIVEN = """
    Ada Alma Amara Anouk Arlo Astrid Aurelio Basil Beatrix Bodil Bruno Calla Cedric Chiara Cleo Dagny Dario Delia
    Edda Eitan Elio Elske Emeka Enzo Esme Farah Fenna Finn Freya Gideon Greta Hana Hedda Hugo Ida Ilse Imani Ines
    Ivo Jael Jonas Juno Kaito Kalle Katja Keanu Kira Lars Leda Lennart Linnéa Lucio Maelle Magda Malik Marit Mateo
    Mila Nadia Nels Nico Nora Odin Olga Orla Otis Paloma Pascal Pia Quinn Rafael Ravi Renée Rosa Runa Sanna Selim
    Signe Søren Tamsin Tariq Thea Tove Ulla Vanya Vera Viggo Wanda Willa Xenia Yara Yusuf Zeno Zoë
"""
_FAMILY = """
    Abbott Adler Almeida Andrade Ashdown Bakker Barlow Becker Berg Birch Blom Brandt Calloway Castell Chandra
    Cordero Crane Dahl Dekker Drake Ekström Ellery Falk Farrow Fields Fischer Fontaine Forde Garrow Gladwin Graf
    Greaves Haas Halden Harker Hawthorn Holm Hübner Ibsen Iwata Jansen Jarvis Kaplan Keller Kimura Kruse Lachance
    Larkin Lindqvist Lowell Marchetti Marsh Mbeki Mercer Moreau Nakata Nash Novak Okafor Olsen Ortega Palmer
    Petrov Pike Quist Ramsey Rask Reyes Rowan Sandoval Sato Schaller Sorrel Stone Strand Tanaka Thorne Tierney
    Udall Vance Varga Vidal Wade Weller Winter Yilmaz Zeller
"""
GIVEN_NAMES = tuple(_GIVEN.split())
SURNAMES = tuple(_FAMILY.split())
DEPARTMENTS = {
    "Engineering": ("Software Engineer", "Test Engineer", "Site Reliability Engineer", "Architect"),
    "Sales": ("Account Manager", "Sales Representative", "Sales Engineer"),
    "Customer Care": ("Support Specialist", "Customer Success Manager"),
    "Marketing": ("Content Editor", "Campaign Manager", "Designer"),
    "Operations": ("Logistics Planner", "Buyer", "Facility Manager"),
    "Finance": ("Accountant", "Controller"),
    "People": ("Recruiter", "People Partner"),
    "IT": ("System Administrator", "Service Desk Agent"),
}
"""Departments, the largest first, with the titles that people have there."""
OFFICES = (
    ("Hamburg", "Hamburg", "DE", "20095", "Speicherweg 4", "+49 40 5550"),
    ("Lyon", "Auvergne-Rhône-Alpes", "FR", "69002", "8 quai des Tisserands", "+33 4 7255"),
    ("Leeds", "England", "GB", "LS1 4AP", "12 Weaver Street", "+44 113 496"),
    ("Portland", "OR", "US", "97205", "700 SW Lantern Avenue", "+1 503 555"),
)
"""City, state, country, postal code, street, and how telephone numbers begin."""
