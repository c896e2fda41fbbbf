//! Where tiles go: a plain grid, or a large one with a strip beside it.
//!
//! Invariant: tiles of a grid and of a strip have one size; all have the shape 16:9, do not overlap, stay inside, and lie on
//! even pixels, which 4:2:0 pictures need.

/// Tiles drawn at once; participants beyond are counted, not drawn.
pub(super) const MAX_TILES: usize = 25;
/// Tiles beside a large one; smaller ones would show nothing over a room's length.
pub(super) const MAX_STRIP: usize = 5;
const GAP: u32 = 8;

/// A place on the stage, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Places of `count` tiles (at most [`MAX_TILES`]) within `area`, row by row; the last row is
/// centred.
pub(super) fn grid(area: Place, count: usize) -> Vec<Place> {
    let count = u32::try_from(count.min(MAX_TILES)).unwrap_or(0);
    let best = (1..=count)
        .map(|columns| (columns, tile(area, columns, count.div_ceil(columns))))
        .max_by_key(|(_, (width, _))| *width);
    let Some((columns, (width, height))) = best.filter(|(_, (width, _))| *width > 0) else {
        return Vec::new();
    };
    let rows = count.div_ceil(columns);
    let top = area.y + (area.height - span(height, rows)) / 2;
    (0..count)
        .map(|at| {
            let (row, column) = (at / columns, at % columns);
            let in_row = columns.min(count - row * columns);
            let left = area.x + (area.width - span(width, in_row)) / 2;
            Place {
                x: even(left + column * (width + GAP)),
                y: even(top + row * (height + GAP)),
                width,
                height,
            }
        })
        .collect()
}

/// A large place within `area`, and `count` (at most [`MAX_STRIP`]) in a strip on its right, from
/// top to bottom. The large one does not depend on how many there are: people come and go.
pub(super) fn strip(area: Place, count: usize) -> (Place, Vec<Place>) {
    let count = u32::try_from(count.min(MAX_STRIP)).unwrap_or(0);
    let (small, low) = tile(area, 1, MAX_STRIP as u32);
    let beside = if count > 0 { small + GAP } else { 0 };
    let left_of = Place {
        width: area.width.saturating_sub(beside),
        ..area
    };
    let (width, height) = tile(left_of, 1, 1);
    let left = area.x + area.width.saturating_sub(width + beside) / 2;
    let large = Place {
        x: even(left),
        y: even(area.y + (area.height - height) / 2),
        width,
        height,
    };
    let top = area.y + area.height.saturating_sub(span(low, count)) / 2;
    let place = |at: u32| Place {
        x: large.x + width + GAP,
        y: even(top + at * (low + GAP)),
        width: small,
        height: low,
    };
    (large, (0..count).map(place).collect())
}

/// The largest place of the shape `width` to `height` within `area`, centred. A shape that
/// differs by less than 2 % fills the area: hairlines at its edges would look worse.
pub(super) fn fit(area: Place, width: u32, height: u32) -> Place {
    let (width, height) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let (w, h) = (u64::from(area.width), u64::from(area.height));
    let (w, h) = if w * height <= h * width {
        (w, w * height / width)
    } else {
        (h * width / height, h)
    };
    if (u64::from(area.width) - w) * 50 < w && (u64::from(area.height) - h) * 50 < h {
        return area;
    }
    let side = |value: u64| even(u32::try_from(value).unwrap_or(0)).max(2);
    let (width, height) = (side(w).min(area.width), side(h).min(area.height));
    Place {
        x: even(area.x + (area.width - width) / 2),
        y: even(area.y + (area.height - height) / 2),
        width,
        height,
    }
}

fn tile(area: Place, columns: u32, rows: u32) -> (u32, u32) {
    let share = |whole: u32, parts: u32| (whole + GAP).saturating_sub(parts * GAP) / parts;
    let (width, height) = (share(area.width, columns), share(area.height, rows));
    let width = width.min(height * 16 / 9);
    (even(width), even(width * 9 / 16))
}

const fn span(side: u32, count: u32) -> u32 {
    (count * (side + GAP)).saturating_sub(GAP)
}

const fn even(value: u32) -> u32 {
    value & !1
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Place = Place {
        x: 8,
        y: 56,
        width: 1264,
        height: 656,
    };

    fn assert_neat(area: Place, places: &[Place]) {
        for (at, a) in places.iter().enumerate() {
            assert!(a.x >= area.x && a.x + a.width <= area.x + area.width);
            assert!(a.y >= area.y && a.y + a.height <= area.y + area.height);
            assert!([a.x, a.y, a.width, a.height].iter().all(|v| v % 2 == 0));
            assert!((a.width * 9).abs_diff(a.height * 16) <= 32, "{a:?}");
            for b in &places[..at] {
                let beside = a.x >= b.x + b.width || b.x >= a.x + a.width;
                let below = a.y >= b.y + b.height || b.y >= a.y + a.height;
                assert!(beside || below, "{places:?}");
            }
        }
    }

    #[test]
    fn any_number_of_tiles_fits_without_overlap() {
        for count in 0..40 {
            let places = grid(AREA, count);
            assert_eq!(places.len(), count.min(MAX_TILES));
            assert_neat(AREA, &places);
        }
    }

    #[test]
    fn a_strip_of_any_length_fits_beside_one_that_is_as_large_as_can_be() {
        let low = Place {
            height: 608,
            ..AREA
        };
        let square = Place { width: 656, ..AREA };
        for area in [AREA, low, square] {
            let alone = strip(area, 0).0;
            assert!(alone.width + 16 > area.width || alone.height + 16 > area.height);
            let sizes: Vec<_> = (1..9)
                .map(|count| {
                    let (large, small) = strip(area, count);
                    assert_eq!(small.len(), count.min(MAX_STRIP));
                    assert!(small.iter().all(|one| one.width < large.width));
                    assert!(small.iter().all(|one| one.width == small[0].width));
                    let mut all = small;
                    all.push(large);
                    assert_neat(area, &all);
                    (large.width, large.height)
                })
                .collect();
            assert!(sizes.iter().all(|size| *size == sizes[0]));
        }
    }

    #[test]
    fn four_are_two_by_two_and_three_centre_the_last() {
        let four = grid(AREA, 4);
        assert_eq!((four[0].y, four[0].x), (four[1].y, four[2].x));
        let three = grid(AREA, 3);
        let centre = |p: &Place| p.x + p.width / 2;
        assert!(centre(&three[2]).abs_diff(AREA.x + AREA.width / 2) <= 2);
    }

    #[test]
    fn pictures_keep_their_shape() {
        let tile = Place {
            x: 100,
            y: 50,
            width: 640,
            height: 360,
        };
        assert_eq!(fit(tile, 1280, 720), tile);
        let tall = fit(tile, 360, 640);
        assert_eq!((tall.width, tall.height), (202, 360));
        assert_eq!(tall.x, 318);
        assert_eq!(fit(tile, 4, 3).width, 480);
        for (w, h) in [(1, 4096), (4096, 1), (0, 0)] {
            let place = fit(tile, w, h);
            assert!(place.width >= 2 && place.height >= 2);
            assert!(place.x >= 100 && place.x + place.width <= 740);
        }
    }
}
