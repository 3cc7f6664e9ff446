//! Distances.

/// Mean radius of the earth (IUGG), in kilometres.
const RADIUS_KM: f64 = 6371.0088;

/// A point on the globe, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

/// Distance as the crow flies (haversine), rounded to whole kilometres: the one place where floats enter, so that what follows from it
/// is exact. The points come from a table exact to hundredths of a degree, so a kilometre is as good as they are.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and half the earth's girth, 20016 km")]
pub fn km(from: Point, to: Point) -> u32 {
    let (lat_a, lat_b) = (from.lat.to_radians(), to.lat.to_radians());
    let half_lat = (lat_b - lat_a) / 2.0;
    let half_lon = (to.lon - from.lon).to_radians() / 2.0;
    let chord = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lon.sin().powi(2);
    (2.0 * RADIUS_KM * chord.clamp(0.0, 1.0).sqrt().asin()).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Point = Point { lat: 52.52, lon: 13.41 };

    #[test]
    fn distances_are_those_of_the_atlas() {
        for (to, expected) in [
            (BERLIN, 0),
            (Point { lat: 48.14, lon: 11.58 }, 504),
            (Point { lat: -23.55, lon: -46.64 }, 10_250),
            // Over the date line, the short way.
            (Point { lat: 52.52, lon: -166.59 }, 8_341),
        ] {
            let found = km(BERLIN, to);
            assert!(found.abs_diff(expected) <= 15, "{to:?}: {found} for {expected}");
            assert_eq!(found, km(to, BERLIN));
        }
    }
}
