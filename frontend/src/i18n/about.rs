//! Words of the small pages.

use super::texts;

texts! {
    /// The page about the site, and the one that stands where none is.
    About {
        not_found_title = "Page not found",
        not_found_text = "If you typed the address, check that it is right. If you followed a link, it may be out of date.",
        not_found_home = "Go to the front page",
        title = "About, privacy and accessibility",
        what = "What this is",
        what_text = "You report a street problem on the map. We send it to the body responsible for that place and that kind of problem, and show everybody what happens next.",
        privacy = "What we keep about you",
        privacy_text = "When you report or write an update, we keep your e-mail address, and your name and telephone number if you give them. The body that receives your report sees them. Your e-mail address and telephone number are never public; your name is public only if you do not hide it. Reports, updates and photos are public. Photos are made anew before they are stored, so that nothing hidden in the file, such as where it was taken, is kept.",
        storage = "What your browser keeps",
        storage_text = "If you sign in, your browser keeps one cookie, which only signs you in. It also keeps what you have begun to write, your name and your addresses included, until you send it, so that nothing you typed is lost; and a random name and a list of the problems you said you see too, so that one device counts once. There is no tracking and no advertising, and nothing is loaded from anybody else unless this site is set up to show another organisation's map.",
        access = "Accessibility",
        access_text = "We aim at the Web Content Accessibility Guidelines 2.2, level AA. Everything, also choosing a place, works with the keyboard alone, with a screen reader and without touching the map. The map is a second way to what the lists beside it say. Pages are checked by automatic tests, which find some problems and not all of them. If something does not work for you, please tell the organisation that runs this site.",
        bodies = "How the organisations do",
        bodies_text = "Each organisation that gets reports has a page that says how many there were and what became of them.",
        bodies_list = "List of organisations",
        data = "Map and place data",
        data_text = "Streets, places and the borders of councils and wards come from open data. We must, and gladly do, name its makers:",
        source = "The software",
        source_text = "This site runs Mendmap, open-source software under the Apache License 2.0.",
    }
}
