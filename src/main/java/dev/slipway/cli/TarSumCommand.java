package dev.slipway.cli;

import dev.slipway.layer.TarSum;
import dev.slipway.oci.JsonObject;
import java.io.BufferedInputStream;
import java.io.IOException;

/** {@code slipway tarsum}: prints Docker's checksum of the tar on standard input. */
final class TarSumCommand implements Command {
  private static final int BUFFER = 256 << 10;

  @Override
  public void run(Invocation invocation, Session session) throws IOException {
    if (invocation.words().size() != 1) {
      throw new UsageException(
          "slipway tarsum reads a tar from standard input and takes no argument, found "
              + (invocation.words().size() - 1));
    }
    String sum =
        TarSum.of(new BufferedInputStream(session.streams().in(), BUFFER), "standard input");
    new JsonOrText(session.streams(), invocation.has(OptionName.JSON))
        .write(() -> JsonObject.EMPTY.with("tarsum", sum), () -> sum + "\n");
  }
}
