//! Who gives what others do not.
//!
//! A zone of bath is fed by its own feeder and by what flows in from the zones beside it, so what one
//! feeder does not give is best given next to it. Only what its neighbours may not take on, each being
//! held to the most one feeder carries, goes to the others alike.

use crate::image::MAX_FEEDERS;

/// What each of the first `count` feeders gives, in equal shares \[1\]: `given` of it is its own (0..1),
/// the rest is passed on, and none carries more than `most`. Less than `count` in all when that does
/// not hold it.
pub(super) fn of(given: &[f64; MAX_FEEDERS], count: usize, most: f64) -> [f64; MAX_FEEDERS] {
    let mut shares = *given;
    shares.iter_mut().skip(count).for_each(|share| *share = 0.0);
    let takes = |index: usize| given.get(index).is_some_and(|g| *g >= 1.0) && index < count;
    let mut left = 0.0;
    for (index, own) in given.iter().enumerate().take(count) {
        let missing = 1.0 - own;
        if missing <= 0.0 {
            continue;
        }
        let beside = [index.checked_sub(1), Some(index + 1)].map(|n| n.filter(|&n| takes(n)));
        let parts = beside.iter().flatten().count().max(1) as f64;
        let mut passed = 0.0;
        for neighbour in beside.into_iter().flatten() {
            if let Some(share) = shares.get_mut(neighbour) {
                let room = (missing / parts).min(most - *share).max(0.0);
                *share += room;
                passed += room;
            }
        }
        left += missing - passed;
    }
    // One round for each feeder that may fill up meanwhile.
    for _ in 0..count {
        let room = |(index, share): &(usize, &mut f64)| takes(*index) && **share < most;
        let open = shares.iter_mut().enumerate().filter(room).count() as f64;
        if left < 1e-9 || open == 0.0 {
            break;
        }
        let part = left / open;
        for (_, share) in shares.iter_mut().enumerate().filter(room) {
            let more = part.min(most - *share);
            *share += more;
            left -= more;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn six(given: [f64; 6]) -> [f64; 6] {
        let mut all = [1.0; MAX_FEEDERS];
        all[..6].copy_from_slice(&given);
        let shares = of(&all, 6, 1.5);
        assert_eq!(shares[6..], [0.0; 2]);
        shares[..6].try_into().unwrap()
    }

    #[test]
    fn neighbours_take_over_first_and_the_others_what_is_left() {
        assert_eq!(six([1.0; 6]), [1.0; 6]);
        assert_eq!(six([1.0, 1.0, 0.0, 1.0, 1.0, 1.0]), [1.0, 1.5, 0.0, 1.5, 1.0, 1.0]);
        assert_eq!(six([0.0, 1.0, 1.0, 1.0, 1.0, 1.0]), [0.0, 1.5, 1.125, 1.125, 1.125, 1.125]);
        assert_eq!(six([1.0, 1.0, 1.0, 0.5, 1.0, 1.0]), [1.0, 1.0, 1.25, 0.5, 1.25, 1.0]);
    }

    #[test]
    fn nobody_carries_more_than_the_most() {
        assert_eq!(six([0.0, 0.0, 0.0, 0.0, 1.0, 1.0]), [0.0, 0.0, 0.0, 0.0, 1.5, 1.5]);
        assert_eq!(six([0.0; 6]), [0.0; 6]);
    }
}
