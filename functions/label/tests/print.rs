//! Labels as they come out of the printer: byte for byte those of `tests/golden`, which `tests/template/test_labels.py` rasterises and reads
//! with a scanner's eyes. `UPDATE=1` writes them anew: look at them before they are committed.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use label::print::{Face, Field, Paper, PrintError, Sheet, Slip, print};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn sheet(number: &str) -> Sheet {
    let lines = |text: &str| text.lines().map(str::to_owned).collect();
    let field = |caption: &str, text: &str| Field { caption: caption.to_owned(), text: text.to_owned() };
    Sheet {
        carrier: "GLS".to_owned(),
        service: "Parcel".to_owned(),
        from: lines("Nordlicht Handel\n10115 Berlin\nGermany"),
        to: lines(
            "Zoë Müller\nStraße des 17. Juni 135, 3. Stock links hinten im zweiten Hof, Eingang Charlottenburger Chaussee\n10623 Berlin\nDE",
        ),
        fields: vec![field("ORDER", "ORD-2026-11-23-7XK2PA"), field("PART", "1"), field("PACKAGE", "1 of 2"), field("WEIGHT", "2.4 kg")],
        number: number.to_owned(),
        reference: "01JDXK2PA7ZQ3W8Y5V4T6R9M0N-1-1".to_owned(),
    }
}

fn slip() -> Slip {
    Slip {
        order: "ORD-2026-11-23-7XK2PA".to_owned(),
        part: 1,
        items: (1..=23).map(|n| (format!("SKU-{n:03}"), n)).collect(),
        returns: vec!["Within 14 days of delivery, by the order's page.".to_owned()],
    }
}

/// The labels, by name.
fn labels() -> Vec<(&'static str, Vec<u8>)> {
    let own = sheet("1Z999AA10123456784");
    let sscc = sheet("00340434161094042557");
    let carriers = fs::read(golden("carrier.pdf")).unwrap();
    let picture = fs::read(golden("carrier.png")).unwrap();
    let printed = |face, paper| print(face, &slip(), paper).unwrap();
    vec![
        ("sheet-4x6.pdf", printed(Face::Sheet(&own), Paper::FourBySix)),
        ("sheet-a4.pdf", printed(Face::Sheet(&own), Paper::A4)),
        ("sscc-4x6.pdf", printed(Face::Sheet(&sscc), Paper::FourBySix)),
        ("pdf-4x6.pdf", printed(Face::Pdf(&carriers), Paper::FourBySix)),
        ("pdf-a4.pdf", printed(Face::Pdf(&carriers), Paper::A4)),
        ("png-4x6.pdf", printed(Face::Png(&picture), Paper::FourBySix)),
        ("png-a4.pdf", printed(Face::Png(&picture), Paper::A4)),
    ]
}

#[test]
fn generated_labels_are_the_golden_ones() {
    for (name, printed) in labels() {
        let file = golden(name);
        #[expect(clippy::disallowed_methods, reason = "a switch of the developer's, not configuration of a function")]
        if std::env::var("UPDATE").is_ok() {
            fs::write(&file, &printed).unwrap();
        }
        assert!(fs::read(&file).unwrap() == printed, "{name} is not what the code prints: run with UPDATE=1 and look at it");
    }
}

#[test]
fn a_label_that_cannot_be_printed_says_why() {
    let empty = Slip::default();
    assert_eq!(print(Face::Pdf(b"%PDF"), &empty, Paper::A4), Err(PrintError::Unreadable("PDF")));
    assert_eq!(print(Face::Png(b"%PDF"), &empty, Paper::A4), Err(PrintError::Unreadable("PNG")));
    assert!(matches!(print(Face::Sheet(&sheet("ü")), &empty, Paper::FourBySix), Err(PrintError::Bars(_))));
}

#[test]
fn papers_are_called_as_the_api_calls_them() {
    for (text, paper) in [("4x6", Ok(Paper::FourBySix)), ("a4", Ok(Paper::A4)), ("A4", Err(())), ("", Err(()))] {
        assert_eq!(text.parse(), paper);
    }
}
