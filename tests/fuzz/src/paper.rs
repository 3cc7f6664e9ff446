//! Labels as carriers make them: documents and pictures that are put on our page.

use label::print::{Face, Field, Paper, Sheet, Slip, print};

use crate::input::Input;
use crate::sample;

/// `pdf a4`, and the document; `sheet 4x6`, and a tracking number.
pub fn run(bytes: &[u8]) {
    let input = Input::of(bytes);
    let paper = *input.pick(1, &[Paper::FourBySix, Paper::A4], |paper| if *paper == Paper::A4 { "a4".into() } else { "4x6".into() });
    let text = String::from_utf8_lossy(input.rest).into_owned();
    let slip = Slip { order: "ORD-2026-11-23-A1B2C3".to_owned(), part: 1, items: vec![(text.clone(), 2)], returns: vec![text.clone()] };
    let sheet = Sheet {
        carrier: "DHL".to_owned(),
        service: "standard".to_owned(),
        from: vec![text.clone()],
        to: vec![text.clone()],
        fields: vec![Field { caption: "PART".to_owned(), text: text.clone() }],
        number: text.clone(),
        reference: text,
    };
    let face = match *input.pick(0, &["pdf", "png", "sheet"], |kind| (*kind).to_owned()) {
        "pdf" => Face::Pdf(input.rest),
        "png" => Face::Png(input.rest),
        _ => Face::Sheet(&sheet),
    };
    if let Ok(document) = print(face, &slip, paper) {
        assert!(document.starts_with(b"%PDF-"), "what is printed is a document");
    }
}

/// Labels of ours, read as if a carrier had made them; a carrier's picture; numbers.
pub fn seeds() -> Vec<Vec<u8>> {
    let golden = |name: &str| sample(&format!("functions/label/tests/golden/{name}"));
    let mut seeds: Vec<Vec<u8>> = ["pdf-4x6.pdf", "png-4x6.pdf", "carrier.pdf"]
        .into_iter()
        .flat_map(|name| ["4x6", "a4"].map(|paper| [format!("pdf {paper}\n").as_bytes(), &golden(name)].concat()))
        .collect();
    seeds.push([b"png a4\n", golden("carrier.png").as_slice()].concat());
    seeds.extend(["sheet a4\n00340434161094042557", "sheet 4x6\n1ZA1B2C36800000016"].map(|text| text.as_bytes().to_vec()));
    seeds
}
