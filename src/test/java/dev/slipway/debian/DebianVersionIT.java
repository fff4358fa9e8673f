package dev.slipway.debian;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.peers.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions of all sorts, in the order that dpkg has. */
class DebianVersionIT {
  private static final long SEED = 20231;
  private static final int VERSIONS = 1500;

  @TempDir private Path folder;

  private static String version(Random random) {
    List<String> parts =
        List.of("0", "00", "1", "9", "10", "123456789012345678901", "a", "b", "Z", "rc", "+", ".");
    StringBuilder version = new StringBuilder();
    if (random.nextInt(4) == 0) {
      version.append(random.nextInt(3)).append(':');
    }
    version.append(random.nextInt(3));
    for (int more = random.nextInt(5); more > 0; more--) {
      version.append(random.nextInt(4) == 0 ? "~" : parts.get(random.nextInt(parts.size())));
    }
    if (random.nextInt(3) == 0) {
      version.append(random.nextBoolean() ? "-" : "-1-").append(random.nextInt(2));
      version.append(List.of("", "~", "+b1", "a", ".1", "~deb12u1").get(random.nextInt(6)));
    }
    return version.toString();
  }

  @Test
  void isThatOfDpkg() throws Exception {
    Random random = new Random(SEED);
    List<DebianVersion> versions = new ArrayList<>();
    while (versions.size() < VERSIONS) {
      versions.add(new DebianVersion(version(random)));
    }
    versions.sort(null);
    StringBuilder script = new StringBuilder();
    for (int i = 1; i < versions.size(); i++) {
      DebianVersion before = versions.get(i - 1);
      DebianVersion after = versions.get(i);
      String relation = before.compareTo(after) == 0 ? "eq" : "lt";
      script.append(
          "dpkg --compare-versions '%s' %s '%s' || echo '%s is not %s %s'\n"
              .formatted(before, relation, after, before, relation, after));
    }
    Path file = Files.writeString(folder.resolve("compare.sh"), script);

    assertThat(Programs.run("sh", file.toString())).as("seed %s", SEED).isEmpty();
  }
}
