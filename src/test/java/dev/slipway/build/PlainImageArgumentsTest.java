package dev.slipway.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainImageArgumentsTest {
  private static PlainImageArguments.Builder some() {
    return PlainImageArguments.named("some", "amd64");
  }

  @Test
  void anImageHasANameAndAnArchitecture() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PlainImageArguments.named("", "amd64").build())
        .withMessage("an image needs a name");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PlainImageArguments.named("some", "").build());
  }

  @ParameterizedTest
  @CsvSource({"-1,0", "0,-1", "4294967296,0", "0,4294967296"})
  void ownersHaveNumbersOf32Bits(long uid, long gid) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> some().ids(uid, gid).build())
        .withMessage("uid and gid have 32 bits, unlike " + uid + " and " + gid);
  }

  @Test
  void theLargestNumberIsOne() {
    assertThat(some().ids(4294967295L, 4294967295L).build().uid()).isEqualTo(4294967295L);
  }

  @Test
  void theConfigIsAnObjectOrNull() {
    assertThat(some().config(JsonNull.NULL).build().config()).isEqualTo(JsonNull.NULL);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> some().config(new JsonString("Cmd")).build())
        .withMessage("config is an object or null, not a string");
  }
}
