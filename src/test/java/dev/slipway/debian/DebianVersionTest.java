package dev.slipway.debian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DebianVersionTest {
  @Test
  void isOrderedAsDpkgOrdersThem() {
    List<String> order =
        List.of(
            "0~~",
            "0~~a",
            "0~",
            "0",
            "0a",
            "0.0~rc1-1",
            "0.0-1",
            "1.0~beta1~svn1245",
            "1.0~beta1",
            "1.0",
            "1.0-1~deb12u1",
            "1.0-1",
            "1.0-1+b1",
            "1.0-1+deb12u9",
            "1.0-1+deb12u10",
            "1.0-1.1",
            "1.0-2",
            "1.0a",
            "1.0+git1",
            "1.1-1-1",
            "1.2",
            "1.10",
            "2a",
            "2+",
            "1:0.1",
            "10:0");
    List<DebianVersion> versions = order.stream().map(DebianVersion::new).toList();
    for (int i = 0; i < order.size(); i++) {
      for (int j = 0; j < order.size(); j++) {
        assertThat(Integer.signum(versions.get(i).compareTo(versions.get(j))))
            .as("%s and %s", order.get(i), order.get(j))
            .isEqualTo(Integer.compare(i, j));
      }
    }
    assertThat(new DebianVersion("0:1.00-01")).isEqualByComparingTo(new DebianVersion("1.0-1"));
    assertThat(new ArrayList<>(versions)).isSorted();
  }

  @Test
  void refusesWhatIsNone() {
    assertThatThrownBy(() -> new DebianVersion("")).hasMessageContaining("is no version");
    assertThatThrownBy(() -> new DebianVersion("1 2")).hasMessageContaining("'1 2' is no version");
  }
}
