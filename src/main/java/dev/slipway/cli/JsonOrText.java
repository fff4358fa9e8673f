package dev.slipway.cli;

import dev.slipway.oci.JsonValue;
import dev.slipway.oci.PythonJson;
import java.io.IOException;
import java.util.function.Supplier;

/**
 * Writes a result in the form that {@code --json} chooses.
 *
 * @param streams where it goes
 * @param json whether it is JSON
 */
record JsonOrText(Streams streams, boolean json) {
  void write(Supplier<? extends JsonValue> value, Supplier<String> text) throws IOException {
    if (json) {
      streams.write(PythonJson.write(value.get()));
      streams.print("\n");
    } else {
      streams.print(text.get());
    }
  }
}
