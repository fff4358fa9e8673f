package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamespaceSandboxTest {
  /** As the kernel prints it: outside namespaces, for one id, and in a rootless container. */
  @ParameterizedTest
  @CsvSource({
    "'         0          0 4294967295\n', true",
    "'         0       1000          1\n', false",
    "'         0       1000          1\n         1     100000      65536\n', false",
    "'         0          0      65536\n', false"
  })
  void isRootOnlyWhereAllUsersAre(String map, boolean all) {
    assertThat(NamespaceSandbox.hasAllIds(map)).isEqualTo(all);
  }

  @Test
  void saysWhatIsFullThatIsNoDisk() {
    assertThat(NamespaceSandbox.explained("unshare: unshare failed: No space left on device"))
        .endsWith("device (as many as user.max_user_namespaces allows are there)");
    assertThat(NamespaceSandbox.explained("unshare: Operation not permitted"))
        .isEqualTo("unshare: Operation not permitted");
  }
}
