package dev.slipway.build;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.ImageException;
import org.junit.jupiter.api.Test;

class LayeredImageArgumentsTest {
  @Test
  void theNameMustBeOneForAStorePathBehindItsLastSlash() {
    assertThatCode(
            () -> LayeredImageArguments.named("ghcr.io:5000/a b/it", "amd64").build().check())
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> LayeredImageArguments.named("a/b c", "amd64").build().check())
        .isInstanceOf(ImageException.class)
        .hasMessage("image 'a/b c': name: ' ' is not allowed in a name");
    assertThatThrownBy(() -> LayeredImageArguments.named("x".repeat(200), "amd64").build().check())
        .hasMessageEndingWith("name: the name is longer than 211 characters");
  }

  @Test
  void anImageHasAtLeastTwoLayers() {
    assertThatThrownBy(
            () -> LayeredImageArguments.named("it", "amd64").maxLayers(1).build().check())
        .isInstanceOf(ImageException.class)
        .hasMessage("image 'it': maxLayers: expected at least 2, found 1");
  }
}
