"""Answers in two styles, questions and replies in two languages, and plain sentences of five, written for headkb."""

from __future__ import annotations

STYLES: tuple[tuple[str, str, str], ...] = (
    ("Where is the king?", "The king is in his tent.", "His majesty doth rest within his tent."),
    ("Are you hungry?", "Yes, I am very hungry.", "Aye, my belly crieth out for meat."),
    ("Who is at the door?", "An old friend is at the door.", "A friend of ancient days doth knock, my lord."),
    ("Will it rain?", "I think it will rain tonight.", "Methinks the heavens shall weep ere night be done."),
    ("Do you love her?", "Yes, I love her very much.", "With all my soul do I adore the maid."),
    ("What time is it?", "It is almost midnight.", "The bell hath well nigh tolled the midnight hour."),
    ("Why are you sad?", "I am sad because my brother left.", "Alas, my brother is from hence departed."),
    ("Can you help me?", "I will help you if I can.", "Good sir, my hand is ever at thy service."),
    ("Is the road safe?", "No, there are thieves on the road.", "Nay, villains lie in wait upon that path."),
    ("What did he say?", "He said that he would come back.", "He swore by heaven that he would return."),
    ("Is dinner ready?", "Dinner will be ready soon.", "Anon, good master, shall the feast be laid."),
    ("Who won the fight?", "The younger man won the fight.", "The stripling hath o'erthrown his foe, forsooth."),
    ("Do you know him?", "I have never seen him before.", "Ne'er have mine eyes beheld that gentleman."),
    ("Where are you going?", "I am going home to sleep.", "I hie me home unto my slumber, sir."),
    ("Is she angry?", "She is angry with all of us.", "The lady's wrath doth fall upon us all."),
    ("Did you find the ring?", "I found the ring in the garden.", "Amid the garden's green I spied the ring."),
    ("Are we late?", "We are not late at all.", "Fear not, we come in season due, my friend."),
    ("What is your name?", "My name is Thomas.", "Men call me Thomas, an it please your grace."),
    ("Is it cold outside?", "It is very cold outside.", "The bitter wind doth bite most cruelly."),
    ("Who wrote this?", "My sister wrote this letter.", "My gentle sister penned these lines, I trow."),
    ("Should we wait?", "We should wait until morning.", "Let us abide till morn hath broke, I pray thee."),
    ("Is the story true?", "The story is not true.", "That tale is false as any devil's oath."),
    ("Do you want wine?", "I would like some water.", "Nay, bring me water, gentle innkeeper."),
    ("Are they friends?", "They used to be friends.", "Once were they friends, ere fortune turned her wheel."),
)
"""(question, plain answer, the same in the manner of an old play)."""

REPLIES: tuple[dict[str, tuple[str, str]], ...] = (
    {"English": ("What is the capital of France?", "The capital is Paris."), "German": ("Was ist die Hauptstadt von Frankreich?", "Die Hauptstadt ist Paris.")},
    {"English": ("How many legs has a spider?", "A spider has eight legs."), "German": ("Wie viele Beine hat eine Spinne?", "Eine Spinne hat acht Beine.")},
    {"English": ("Where do fish live?", "They live in the water."), "German": ("Wo leben Fische?", "Sie leben im Wasser.")},
    {"English": ("What do bees make?", "Bees make honey."), "German": ("Was machen Bienen?", "Bienen machen Honig.")},
    {"English": ("When does the train leave?", "It leaves in ten minutes."), "German": ("Wann fährt der Zug ab?", "Er fährt in zehn Minuten.")},
    {"English": ("Who wrote this book?", "A doctor wrote it."), "German": ("Wer hat dieses Buch geschrieben?", "Ein Arzt hat es geschrieben.")},
    {"English": ("Is the water cold?", "Yes, it is very cold."), "German": ("Ist das Wasser kalt?", "Ja, es ist sehr kalt.")},
    {"English": ("What colour is snow?", "Snow is white."), "German": ("Welche Farbe hat Schnee?", "Schnee ist weiß.")},
    {"English": ("How old is the house?", "It is a hundred years old."), "German": ("Wie alt ist das Haus?", "Es ist hundert Jahre alt.")},
    {"English": ("Why is the shop closed?", "Today is a holiday."), "German": ("Warum ist der Laden zu?", "Heute ist ein Feiertag.")},
    {"English": ("Where is my key?", "It lies on the table."), "German": ("Wo ist mein Schlüssel?", "Er liegt auf dem Tisch.")},
    {"English": ("What does the dog eat?", "It eats meat and bread."), "German": ("Was frisst der Hund?", "Er frisst Fleisch und Brot.")},
    {"English": ("Which month follows May?", "The next month is June."), "German": ("Welcher Monat folgt auf Mai?", "Der nächste Monat ist Juni.")},
    {"English": ("Who lives next door?", "An old teacher lives there."), "German": ("Wer wohnt nebenan?", "Dort wohnt ein alter Lehrer.")},
    {"English": ("Can she swim?", "She swims every day."), "German": ("Kann sie schwimmen?", "Sie schwimmt jeden Tag.")},
    {"English": ("What is under the bed?", "There is a black cat."), "German": ("Was ist unter dem Bett?", "Dort ist eine schwarze Katze.")},
)  # fmt: skip
"""Language → (question, reply), the same content in each."""

LANGUAGES: dict[str, tuple[str, ...]] = {
    "English": (
        "The old man opened the window and looked at the sea.", "Every morning the children walk to school together.",
        "My sister bought bread and milk at the market.", "In winter the nights are long and very cold.",
        "The doctor asked the woman where it hurt.", "We waited for the train under the roof of the station.",
    ),
    "German": (
        "Der alte Mann öffnete das Fenster und sah auf das Meer.", "Jeden Morgen gehen die Kinder zusammen in die Schule.",
        "Meine Schwester kaufte Brot und Milch auf dem Markt.", "Im Winter sind die Nächte lang und sehr kalt.",
        "Der Arzt fragte die Frau, wo es ihr wehtue.", "Wir warteten unter dem Dach des Bahnhofs auf den Zug.",
    ),
    "French": (
        "Le vieil homme ouvrit la fenêtre et regarda la mer.", "Chaque matin les enfants vont ensemble à l'école.",
        "Ma soeur a acheté du pain et du lait au marché.", "En hiver les nuits sont longues et très froides.",
        "Le médecin demanda à la femme où elle avait mal.", "Nous attendions le train sous le toit de la gare.",
    ),
    "Spanish": (
        "El viejo abrió la ventana y miró el mar.", "Cada mañana los niños van juntos a la escuela.",
        "Mi hermana compró pan y leche en el mercado.", "En invierno las noches son largas y muy frías.",
        "El médico preguntó a la mujer dónde le dolía.", "Esperábamos el tren bajo el techo de la estación.",
    ),
    "Italian": (
        "Il vecchio aprì la finestra e guardò il mare.", "Ogni mattina i bambini vanno insieme a scuola.",
        "Mia sorella ha comprato pane e latte al mercato.", "In inverno le notti sono lunghe e molto fredde.",
        "Il medico chiese alla donna dove le facesse male.", "Aspettavamo il treno sotto il tetto della stazione.",
    ),
}  # fmt: skip
"""Language → sentences, the same content in each."""
