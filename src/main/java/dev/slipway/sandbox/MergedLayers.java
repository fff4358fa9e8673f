package dev.slipway.sandbox;

import dev.slipway.layer.FlatTree;
import dev.slipway.layer.Layer;
import dev.slipway.layer.LayerContents;
import dev.slipway.layer.LayerEntries;
import dev.slipway.layer.TarDialect;
import dev.slipway.layer.TarMember;
import dev.slipway.layer.TarReader;
import dev.slipway.layer.TarWriter;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Merges layers into one tar of what they show together, for where nothing can lie above them. */
final class MergedLayers {
  private static final int BUFFER = 64 << 10;

  private MergedLayers() {}

  /**
   * What layers show together.
   *
   * @param layers the layers, the lowest first
   * @param keepsXattrs whether files have their extended attributes in it
   * @param spool a folder, to be made, for the layers' tars while this is being written
   */
  static TarSource of(List<Layer> layers, boolean keepsXattrs, Path spool) {
    return out -> {
      Files.createDirectory(spool);
      FlatTree tree = new FlatTree("the image below the script", keepsXattrs);
      for (Layer layer : layers) {
        Path file = spool.resolve(layer.diffId().value().hex());
        try (FileChannel spooled =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
          layer.tar().writeTo(spooled);
        }
        String what = "layer " + layer.diffId();
        LayerEntries entries = tree.newLayer(what);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
          TarReader reader = new TarReader(in, what);
          for (TarMember member = reader.next(); member != null; member = reader.next()) {
            entries.add(member);
          }
        }
        tree.apply(entries, new Spooled(file));
      }
      TarWriter tar = new TarWriter(out, TarDialect.GNU_NUMERIC);
      tree.writeTo(tar, 0);
      tar.finish();
    };
  }

  /** The contents of a layer whose tar is a file. */
  private record Spooled(Path file) implements LayerContents {
    @Override
    public void copy(long offset, long size, TarWriter out) throws IOException {
      try (FileChannel in = FileChannel.open(file)) {
        copy(Channels.newInputStream(in.position(offset)), size, out);
      }
    }

    @Override
    public void copySparse(long offset, TarWriter out) throws IOException {
      try (FileChannel in = FileChannel.open(file)) {
        TarReader reader =
            new TarReader(
                new BufferedInputStream(Channels.newInputStream(in.position(offset)), BUFFER),
                file.toString());
        TarMember member = reader.next();
        if (member == null) {
          throw new IllegalStateException(file + ": a member is where none was");
        }
        copy(reader.content(), member.header().size(), out);
      }
    }

    private static void copy(InputStream in, long size, TarWriter out) throws IOException {
      byte[] buffer = new byte[(int) Math.min(BUFFER, size)];
      for (long left = size; left > 0; ) {
        int count = in.readNBytes(buffer, 0, (int) Math.min(buffer.length, left));
        out.write(ByteBuffer.wrap(buffer, 0, count));
        left -= count;
      }
    }
  }
}
