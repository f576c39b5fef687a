//! What this process may use: cores, and memory.
//!
//! In a container the limits are those of its control groups, of version 2 or 1, and of all that these are within. The
//! number of cores knows of them by itself.

use std::fs;
use std::path::Path;

use argon2::Params;

/// Of the memory, this part may be of passwords that are hashed.
const MEMORY_PART: u64 = 4;

/// How many cores this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// How many passwords are hashed at once, unless it is set.
pub fn hashers() -> usize {
    hashers_of(cores(), memory_bytes(Path::new("/")))
}

/// At most half of the cores, and of the memory the part above; at least one.
fn hashers_of(cores: usize, memory_bytes: Option<u64>) -> usize {
    // Those that are late have as many hashers again.
    let each = 2 * u64::from(Params::DEFAULT_M_COST) * 1_024;
    let by_memory = memory_bytes.and_then(|bytes| usize::try_from(bytes / MEMORY_PART / each).ok());
    let by_cores = cores / 2;
    by_memory
        .map_or(by_cores, |count| count.min(by_cores))
        .max(1)
}

/// The least of the limits, and of what the machine has. `None` on other systems than Linux.
fn memory_bytes(root: &Path) -> Option<u64> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let limits = groups.lines().filter_map(|group| {
        // 0::/path in version 2, 4:memory:/path in version 1.
        let (_, group) = group.split_once(':')?;
        let (controllers, path) = group.split_once(':')?;
        let (mount, file) = match controllers {
            "" => ("sys/fs/cgroup", "memory.max"),
            _ if controllers.split(',').any(|name| name == "memory") => {
                ("sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => return None,
        };
        // In a container the path may be the host's, and the mount the container's own group.
        let within = Path::new(path.trim_start_matches('/')).ancestors();
        let limit = |group: &Path| number(&root.join(mount).join(group).join(file));
        within.filter_map(limit).min()
    });
    limits.chain(machine_bytes(root)).min()
}

fn machine_bytes(root: &Path) -> Option<u64> {
    let memory = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let total = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = total.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1_024)
}

/// The number in the file; `None` without a file, or if it has `max`.
fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1_024 * 1_024;

    fn machine(files: &[(&str, &str)]) -> Option<u64> {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        memory_bytes(root.path())
    }

    #[test]
    fn hashers_leave_half_of_the_cores_and_most_of_the_memory() {
        let small = Some(256 * MIB);
        let usual = Some(1_024 * MIB);
        for (cores, memory, expected) in [
            (1, None, 1),
            (2, None, 1),
            (3, None, 1),
            (48, None, 24),
            (1, small, 1),
            (2, small, 1),
            (48, small, 1),
            (2, usual, 1),
            (8, usual, 4),
            (48, usual, 6),
            (48, Some(16 * MIB), 1),
            (48, Some(0), 1),
        ] {
            assert_eq!(hashers_of(cores, memory), expected, "{cores} {memory:?}");
        }
    }

    #[test]
    fn the_memory_is_the_least_of_all_limits() {
        let meminfo = ("proc/meminfo", "MemTotal:        2048 kB\nMemFree: 1 kB\n");
        assert_eq!(machine(&[]), None);
        assert_eq!(machine(&[meminfo]), Some(2 * MIB));
        let own = ("proc/self/cgroup", "0::/\n");
        let max = |text| ("sys/fs/cgroup/memory.max", text);
        assert_eq!(machine(&[meminfo, own, max("1048576\n")]), Some(MIB));
        assert_eq!(machine(&[meminfo, own, max("max\n")]), Some(2 * MIB));
        assert_eq!(machine(&[meminfo, own, max("9999999999\n")]), Some(2 * MIB));
    }

    #[test]
    fn this_machine_tells_its_memory() {
        let bytes = memory_bytes(Path::new("/")).unwrap();
        assert!(bytes > MIB, "{bytes}");
        assert!(bytes <= machine_bytes(Path::new("/")).unwrap());
    }

    #[test]
    fn a_group_s_limit_is_also_that_of_those_it_is_within() {
        let group = ("proc/self/cgroup", "0::/a.slice/b.service\n");
        let outer = ("sys/fs/cgroup/a.slice/memory.max", "1048576\n");
        let inner = |text| ("sys/fs/cgroup/a.slice/b.service/memory.max", text);
        assert_eq!(machine(&[group, outer, inner("max\n")]), Some(MIB));
        assert_eq!(machine(&[group, outer, inner("4096\n")]), Some(4_096));
    }

    #[test]
    fn version_one_has_a_tree_of_its_own_for_memory() {
        let groups = (
            "proc/self/cgroup",
            "9:cpu,cpuacct:/x\n4:memory:/docker/1f\n0::/\n",
        );
        let limit = ("sys/fs/cgroup/memory/memory.limit_in_bytes", "1048576\n");
        assert_eq!(machine(&[groups, limit]), Some(MIB));
        let unlimited = (
            "sys/fs/cgroup/memory/docker/1f/memory.limit_in_bytes",
            "9223372036854771712\n",
        );
        assert_eq!(machine(&[groups, limit, unlimited]), Some(MIB));
    }
}
