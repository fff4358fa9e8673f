package dev.slipway.debian;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.oci.Digest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackageGroupsTest {
  private final TreeMap<String, LockedPackage> packages = new TreeMap<>();

  private void add(String name, String... needs) {
    packages.put(
        name, new LockedPackage(name, "1", name, 1, Digest.of(new byte[0]), List.of(needs)));
  }

  private List<Set<String>> groups() {
    return PackageGroups.of(packages).stream()
        .map(group -> group.stream().map(LockedPackage::name).collect(Collectors.toSet()))
        .toList();
  }

  @Test
  void putsCirclesTogetherAndNeedsFirst() {
    add("web", "libc6", "ssl");
    add("libc6", "libgcc");
    add("libgcc", "base", "libc6");
    add("ssl", "libc6");
    add("base");
    assertThat(groups())
        .containsExactly(Set.of("base"), Set.of("libc6", "libgcc"), Set.of("ssl"), Set.of("web"));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void isRightForAnyGraph(long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    int count = 1 + random.nextInt(30);
    for (int i = 0; i < count; i++) {
      List<String> needs = new ArrayList<>();
      for (int j = 0; j < count; j++) {
        if (random.nextInt(count) < 1) {
          needs.add("p" + j);
        }
      }
      add("p" + i, needs.toArray(String[]::new));
    }
    Set<String> done = new HashSet<>();
    for (Set<String> group : groups()) {
      for (String member : group) {
        Set<String> reached = reached(member);
        // Those of a group reach one another, and nothing that is not done.
        assertThat(reached).containsAll(group);
        done.add(member);
      }
      group.forEach(member -> assertThat(done).containsAll(reached(member)));
    }
    assertThat(done).isEqualTo(packages.keySet());
  }

  private Set<String> reached(String from) {
    Set<String> reached = new HashSet<>();
    List<String> open = new ArrayList<>(List.of(from));
    while (!open.isEmpty()) {
      String next = open.removeLast();
      if (reached.add(next)) {
        LockedPackage found = packages.get(next);
        open.addAll(found == null ? List.of() : found.needs());
      }
    }
    return reached;
  }
}
