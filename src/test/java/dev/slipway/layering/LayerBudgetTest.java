package dev.slipway.layering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.ImageException;
import org.junit.jupiter.api.Test;

class LayerBudgetTest {
  @Test
  void leavesWhatBaseAndCustomisationDoNotTake() throws Exception {
    assertThat(new LayerBudget(100, 0).storeLayers()).isEqualTo(99);
    assertThat(new LayerBudget(100, 3).storeLayers()).isEqualTo(96);
    assertThat(new LayerBudget(5, 3).storeLayers()).isEqualTo(1);
    assertThat(new LayerBudget(2, 0).storeLayers()).isEqualTo(1);
  }

  @Test
  void saysHowManyLayersAreNeeded() {
    assertThatThrownBy(() -> new LayerBudget(4, 3).storeLayers())
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "maxLayers is 4, but at least 5 are needed: 3 of the base image, 1 for store paths"
                + " and 1 for the customisation layer");
    assertThatThrownBy(() -> new LayerBudget(1, 0).storeLayers())
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "maxLayers is 1, but at least 2 are needed: 1 for store paths and 1 for the"
                + " customisation layer");
    assertThatThrownBy(() -> new LayerBudget(-1, Integer.MAX_VALUE).storeLayers())
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("maxLayers is -1, but at least 2147483649 are needed");
  }

  @Test
  void refusesANegativeBase() {
    assertThatIllegalArgumentException().isThrownBy(() -> new LayerBudget(100, -1));
  }
}
