package dev.slipway.cli;

import dev.slipway.build.MergedImages;
import dev.slipway.layer.Compression;
import dev.slipway.layer.Compressor;
import dev.slipway.transport.ImageLocation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code slipway merge}: writes the images of several archives into one. */
final class MergeCommand implements Command {
  @Override
  public void run(Invocation invocation, Session session) throws IOException {
    List<String> arguments = invocation.words().subList(1, invocation.words().size());
    if (arguments.isEmpty()) {
      throw new UsageException("slipway merge needs at least one ARCHIVE");
    }
    OutArgument out = OutArgument.of(invocation, session);
    List<ImageLocation> locations = new ArrayList<>();
    for (String argument : arguments) {
      locations.add(ArchiveArgument.location(argument));
    }
    try (ProgressView progress = session.progress();
        MergedImages merged =
            MergedImages.open(
                locations,
                location -> ArchiveArgument.open(location, session),
                session.environment().sourceDateEpoch())) {
      Optional<ImageLocation> layout = LayoutOutput.location(out.place());
      if (layout.isPresent()) {
        try (LayoutOutput output = LayoutOutput.open(layout.get(), session)) {
          output.add(merged.packables(), Compression.GZIP, progress);
          output.commit(false);
        }
        out.tell();
        return;
      }
      Compressor compressor = ImageBuilder.compressor(merged.compression());
      out.write(tar -> compressor.compress(plain -> merged.writeTo(plain, progress), tar));
    }
  }
}
