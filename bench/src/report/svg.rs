//! A drawing, in words that a browser and a reader of the file understand.

use std::fmt::Write as _;

/// Looks: a card of its own, so that it can be read on any page, light or dark.
const STYLE: &str = "\
.card{fill:#fff;stroke:#d5dbe3}.text{fill:#1c2733}.dim{fill:#5b6877}.head{font-weight:600}\
.ours{fill:#1f6feb}.peer{fill:#aab4c0}.rule{stroke:#d5dbe3}.bound{stroke:#c2410c;stroke-dasharray:5 4}\
.bounded{fill:#c2410c}.l0{--c:#1f6feb}.l1{--c:#b45309}.l2{--c:#15803d}.l3{--c:#9333ea}.l4{--c:#be123c}.l5{--c:#0e7490}\
.line{fill:none;stroke:var(--c);stroke-width:2}.dot,.name{fill:var(--c)}\
text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}.small{font-size:11.5px}.title{font-size:15px;font-weight:600}\
@media(prefers-color-scheme:dark){.card{fill:#131a22;stroke:#303b48}.text{fill:#e6ebf1}.dim{fill:#a2afbd}\
.ours{fill:#58a1ff}.peer{fill:#5d6b7a}.rule{stroke:#303b48}.bound{stroke:#fb923c}.bounded{fill:#fb923c}\
.l0{--c:#58a1ff}.l1{--c:#f0b429}.l2{--c:#4ade80}.l3{--c:#c084fc}.l4{--c:#fb7185}.l5{--c:#22d3ee}}";

/// How many looks there are for lines.
pub const LOOKS: usize = 6;

/// Where a text stands relative to its point.
#[derive(Clone, Copy, Debug)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// A drawing that is being made. Lengths are in pixels, from the upper left corner.
#[derive(Debug)]
pub struct Drawing {
    body: String,
    alt: String,
    width: f64,
    height: f64,
}

impl Drawing {
    /// An empty card that says in words what it will show.
    pub fn new(width: f64, height: f64, alt: &str) -> Self {
        Self {
            body: String::new(),
            alt: alt.to_owned(),
            width,
            height,
        }
    }

    /// A line of text.
    pub fn text(&mut self, x: f64, y: f64, anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escaped(text);
        self.put(format_args!(
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" class="{class}">{text}</text>"#
        ));
    }

    /// A filled rectangle with a word for whoever points at it.
    pub fn bar(&mut self, x: f64, y: f64, width: f64, height: f64, class: &str, says: &str) {
        let says = escaped(says);
        self.put(format_args!(
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="2" class="{class}"><title>{says}</title></rect>"#
        ));
    }

    /// A straight line.
    pub fn rule(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.put(format_args!(
            r#"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}" class="{class}"/>"#
        ));
    }

    /// A line through points, each with a dot.
    pub fn line(&mut self, points: &[(f64, f64)], look: usize, says: &str) {
        let look = look % LOOKS;
        let mut path = String::new();
        for (x, y) in points {
            let _ = write!(path, "{x:.1},{y:.1} "); // writing to a String cannot fail
        }
        let (path, says) = (path.trim_end(), escaped(says));
        self.put(format_args!(
            r#"<g class="l{look}"><title>{says}</title><polyline points="{path}" class="line"/>"#
        ));
        for (x, y) in points {
            self.put(format_args!(
                r#"<circle cx="{x:.1}" cy="{y:.1}" r="3.5" class="dot"/>"#
            ));
        }
        self.put(format_args!("</g>"));
    }

    /// A line's name, in its colour.
    pub fn name(&mut self, x: f64, y: f64, look: usize, text: &str) {
        let (look, text) = (look % LOOKS, escaped(text));
        self.put(format_args!(
            r#"<g class="l{look}"><text x="{x:.1}" y="{y:.1}" class="name small">{text}</text></g>"#
        ));
    }

    /// The file.
    pub fn finish(self) -> String {
        let Self {
            body,
            alt,
            width,
            height,
        } = self;
        let alt = escaped(&alt);
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0} {height:.0}" width="{width:.0}" height="{height:.0}" role="img" aria-label="{alt}">
<style>{STYLE}</style>
<rect x="0.5" y="0.5" width="{:.1}" height="{:.1}" rx="8" class="card"/>
{body}</svg>
"#,
            width - 1.0,
            height - 1.0
        )
    }

    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.body, "{element}"); // writing to a String cannot fail
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
