"""Lists for labelled examples, category questions and gendered nouns, written for headkb."""

from __future__ import annotations

from headkb.prompts.words import words

TOPICS: dict[str, tuple[str, ...]] = {
    "animals": (
        "The horse drank from the pond", "A cat slept on the sofa", "Two dogs chased the rabbit", "The bird built a nest",
        "Our cow gave plenty of milk", "A fox ran across the field", "The sheep ate fresh grass", "A frog jumped into the water",
        "The wolf howled at night", "An owl sat in the old oak", "The duck swam with her young", "A bear looked for honey",
        "The mouse hid behind the wall", "Three goats climbed the hill",
    ),
    "machines": (
        "The engine needs new oil", "A truck stopped at the bridge", "Two pumps failed this morning", "The printer ran out of ink",
        "Our car would not start", "A crane lifted the steel beam", "The train left on time", "A drill made a small hole",
        "The lamp burned out again", "An old tractor stood in the yard", "The lift stopped between floors", "A plane landed in the rain",
        "The clock stopped at noon", "Three motors drive the belt",
    ),
}  # fmt: skip
"""Topic → short sentences without a full stop."""

CATEGORIES: dict[str, tuple[str, ...]] = {
    "fruit": words("apple banana cherry lemon orange peach pear plum grape mango"),
    "animal": words("horse rabbit tiger snake sheep camel mouse eagle donkey spider"),
    "tool": words("hammer saw drill shovel axe wrench chisel rake pliers screwdriver"),
    "vehicle": words("truck bus train bicycle tractor boat ship taxi tram scooter"),
    "colour": words("red blue green yellow purple pink brown black white grey"),
    "metal": words("iron copper gold silver lead tin zinc steel nickel brass"),
    "drink": words("coffee tea wine beer juice milk water lemonade cider cocoa"),
    "country": words("France Spain Italy Egypt Japan China Brazil Canada Kenya Norway"),
}
"""Category → members; no member belongs to another category of the list."""

FEMALE: tuple[str, ...] = words(
    "nurse secretary receptionist housekeeper hairdresser librarian nanny maid dancer teacher cleaner seamstress"
)
MALE: tuple[str, ...] = words(
    "mechanic carpenter engineer plumber soldier pilot farmer boss captain guard janitor driver"
)
"""Occupations that stereotype calls female or male."""
FEMALE_DEFINED: tuple[str, ...] = words("mother queen girl woman sister daughter wife aunt princess grandmother")
MALE_DEFINED: tuple[str, ...] = words("father king boy man brother son husband uncle prince grandfather")
"""Nouns whose meaning holds the gender."""

CONTRACTED: tuple[str, ...] = (
    "I don't think it's raining now", "She can't find her brother's coat", "We're late because the bus didn't come",
    "They've sold the farmer's house", "He isn't sure that we'll win", "That dog's tail won't stop moving",
    "You shouldn't open your sister's letters", "It's clear that they aren't at home", "I've seen the doctor's garden",
    "The boy's shoes weren't dry yet", "Who's going to pay for John's dinner", "We haven't met the king's daughter",
    "She'd rather read her mother's book", "He couldn't lift the giant's hammer", "The cat's bowl isn't full",
    "I'm not afraid of the teacher's dog", "They wouldn't believe the child's story", "There's a hole in the tailor's pocket",
    "You're sitting in my uncle's chair", "The captain's map hasn't helped us", "What's behind the baker's door",
    "It doesn't matter who's first", "Anna's friends don't drink coffee", "We'd never seen the painter's work",
    "He's lost the driver's key", "Nobody's heard the singer's voice", "The lawyer's answer wasn't long",
    "I'll bring Mary's old camera", "They're building the mayor's new bridge", "She hadn't read the judge's report",
)  # fmt: skip
"""Sentences with contractions and possessives, without a full stop."""

ASKED: tuple[tuple[str, str], ...] = (
    ("Is the door open?", "The door is open."), ("Are the children asleep?", "The children are asleep."),
    ("Was the water cold?", "The water was cold."), ("Can the old man swim?", "The old man can swim."),
    ("Will the train be late?", "The train will be late."), ("Has she found the key?", "She has found the key."),
    ("Are these apples ripe?", "These apples are ripe."), ("Is your brother at home?", "Your brother is at home."),
    ("Was the film too long?", "The film was too long."), ("Can we stay here tonight?", "We can stay here tonight."),
    ("Will they sell the house?", "They will sell the house."), ("Have you read this letter?", "You have read this letter."),
    ("Is the soup still hot?", "The soup is still hot."), ("Were the shops closed?", "The shops were closed."),
    ("Does he play the violin?", "He plays the violin."), ("Did the dog bite him?", "The dog bit him."),
    ("Are you coming with us?", "You are coming with us."), ("Is there a bank near here?", "There is a bank near here."),
    ("Could the pilot see the coast?", "The pilot could see the coast."), ("Should we call the doctor?", "We should call the doctor."),
)  # fmt: skip
"""(question, the statement that answers it with the same words)."""

REMARKS: tuple[str, ...] = (
    "The lake was frozen until the end of March.", "A new baker has opened a shop in our street.",
    "My cousin repairs old radios in his cellar.", "The museum shows coins from three centuries.",
    "Heavy rain washed the seeds out of the field.", "The choir sings every Thursday in the town hall.",
    "She grows tomatoes on the roof of the hotel.", "The bus to the harbour leaves every ten minutes.",
    "A storm broke the oldest tree in the park.", "The library closes early on Saturday.",
    "He wrote his first novel on a night train.", "The bridge was painted green last summer.",
    "Our neighbours keep two goats and a donkey.", "The tower can be seen from the other shore.",
    "She forgot her umbrella in the waiting room.", "The market sells fish only on Friday morning.",
    "A young fox lives behind the railway station.", "The pilot greeted the passengers one by one.",
    "The recipe asks for three eggs and some flour.", "They carved their names into the wooden bench.",
    "The lighthouse has not been used for years.", "An engineer measured the height of the dam.",
    "The children built a raft from empty barrels.", "The clock in the hall is seven minutes slow.",
    "A violin was left on the back seat of a taxi.", "The village gets its water from one deep well.",
    "The painter mixes his colours by candlelight.", "Snow closed the pass for almost two weeks.",
    "The judge read the whole letter aloud.", "Bees have moved into the old chimney.",
)  # fmt: skip
"""Sentences to be worked on, thirty as in the source of the important heads."""
