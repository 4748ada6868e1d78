//! Gathering what would overlap on the map into counted clusters: pins where they fit, clusters where they do not.

use crate::wire::map::{Cluster, Pin};
use crate::workflow::StatusGroup;

/// Pixels between two marks, of which one at least is a cluster.
const CLUSTER_PX: f64 = 52.0;
/// Pixels between two pins.
const PIN_PX: f64 = 40.0;
/// Pixels from the tip of a drop to its middle; discs and squares stand on their middle.
const DROP_PX: f64 = 19.0;

/// Something on the map.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// One report.
    Pin(Pin),
    /// Several reports; the numbers of those that came as pins.
    Cluster(Cluster, Vec<i64>),
}

impl Mark {
    fn count(&self) -> i64 {
        match self {
            Self::Pin(_) => 1,
            Self::Cluster(cluster, _) => cluster.total(),
        }
    }

    fn into_cluster(self) -> (Cluster, Vec<i64>) {
        match self {
            Self::Cluster(cluster, ids) => (cluster, ids),
            Self::Pin(pin) => {
                let one = |group| i64::from(pin.status_group == group);
                let cluster = Cluster {
                    location: pin.location,
                    open: one(StatusGroup::Open),
                    fixed: one(StatusGroup::Fixed),
                    closed: one(StatusGroup::Closed),
                };
                (cluster, vec![pin.id])
            }
        }
    }

    /// How far above its place the middle of the mark stands.
    fn lift(&self) -> f64 {
        match self {
            Self::Pin(pin) if pin.status_group == StatusGroup::Open => DROP_PX,
            Self::Pin(_) | Self::Cluster(..) => 0.0,
        }
    }
}

/// Gathers marks that would overlap. `place` answers where a mark's point lies on screen, in pixels; `alone` names the
/// report that stays a pin whatever stands beside it. The largest marks stay where they are and take in the smaller ones
/// around them, so that no two marks of the answer overlap.
pub fn gather(mut marks: Vec<Mark>, alone: Option<i64>, place: impl Fn(&Mark) -> (f64, f64)) -> Vec<Mark> {
    // Largest first; the older report first among pins, so that the answer does not depend on which tile came first.
    marks.sort_by_key(|mark| match mark {
        Mark::Pin(pin) => (Some(pin.id) != alone, -1, pin.id),
        Mark::Cluster(cluster, _) => (true, -cluster.total() - 1, 0),
    });
    let mut kept: Vec<(Mark, (f64, f64))> = Vec::new();
    for mark in marks {
        let (x, y) = place(&mark);
        let middle = (x, y - mark.lift());
        let is_pin = mark.count() == 1;
        let near = kept.iter_mut().find(|(other, (x, y))| {
            let space = if is_pin && matches!(other, Mark::Pin(_)) { PIN_PX } else { CLUSTER_PX };
            let stays = matches!(other, Mark::Pin(pin) if Some(pin.id) == alone);
            !stays && (x - middle.0).hypot(y - middle.1) < space
        });
        match near {
            None => kept.push((mark, middle)),
            Some((other, _)) => {
                let (mut sum, mut ids) = other.clone().into_cluster();
                let (more, more_ids) = mark.into_cluster();
                sum.open += more.open;
                sum.fixed += more.fixed;
                sum.closed += more.closed;
                ids.extend(more_ids);
                *other = Mark::Cluster(sum, ids);
            }
        }
    }
    kept.into_iter().map(|(mark, _)| mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::LonLat;

    fn pin(id: i64, x: f64, group: StatusGroup) -> Mark {
        let location = LonLat::new(x, 0.0).expect("valid");
        Mark::Pin(Pin { id, location, status_group: group, title: String::new(), category: String::new() })
    }

    fn on_screen(mark: &Mark) -> (f64, f64) {
        match mark {
            Mark::Pin(pin) => (pin.location.lon(), pin.location.lat()),
            Mark::Cluster(cluster, _) => (cluster.location.lon(), cluster.location.lat()),
        }
    }

    #[test]
    fn pins_that_overlap_become_a_cluster_that_counts_them_all() {
        let marks =
            vec![pin(1, 0.0, StatusGroup::Fixed), pin(2, 20.0, StatusGroup::Closed), pin(3, 100.0, StatusGroup::Fixed)];
        let gathered = gather(marks, None, on_screen);
        assert_eq!(gathered.iter().map(Mark::count).collect::<Vec<_>>(), [2, 1]);
        assert!(matches!(&gathered[0], Mark::Cluster(cluster, ids) if cluster.closed == 1 && *ids == [1, 2]));
    }

    #[test]
    fn the_selected_report_stays_a_pin() {
        let marks = vec![pin(1, 0.0, StatusGroup::Fixed), pin(2, 5.0, StatusGroup::Fixed)];
        let gathered = gather(marks, Some(2), on_screen);
        assert_eq!(gathered.len(), 2);
        assert!(gathered.iter().all(|mark| matches!(mark, Mark::Pin(_))));
    }

    #[test]
    fn no_report_is_lost() {
        let marks: Vec<_> = (0..150).map(|n| pin(n, (n % 50) as f64 * 3.0, StatusGroup::Open)).collect();
        assert_eq!(gather(marks, Some(7), on_screen).iter().map(Mark::count).sum::<i64>(), 150);
    }
}
