package dev.slipway.store;

import dev.slipway.files.RawName;
import dev.slipway.files.TreeSink;
import dev.slipway.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import java.util.Optional;

/** Passes a tree on, and hashes the content of the file that it may be. */
final class ContentHash implements TreeSink {
  private final TreeSink sink;
  private int directories;
  private Optional<Digest> file = Optional.empty();

  ContentHash(TreeSink sink) {
    this.sink = sink;
  }

  /** The SHA-256 of the content, if the tree is a file. */
  Optional<Digest> file() {
    return file;
  }

  @Override
  public void directory(RawName name) throws IOException {
    directories++;
    sink.directory(name);
  }

  @Override
  public void endDirectory() throws IOException {
    directories--;
    sink.endDirectory();
  }

  @Override
  public void file(RawName name, boolean executable, long size, Content content)
      throws IOException {
    if (directories > 0) {
      sink.file(name, executable, size, content);
      return;
    }
    MessageDigest digest = Digest.sha256();
    sink.file(name, executable, size, out -> content.writeTo(new Hashed(out, digest)));
    file = Optional.of(Digest.ofBytes(digest.digest()));
  }

  @Override
  public void symlink(RawName name, RawName target) throws IOException {
    sink.symlink(name, target);
  }

  /** Hashes what it passes on. */
  private record Hashed(WritableByteChannel out, MessageDigest digest)
      implements WritableByteChannel {
    @Override
    public int write(ByteBuffer bytes) throws IOException {
      ByteBuffer written = bytes.duplicate();
      int count = out.write(bytes);
      digest.update(written.limit(written.position() + count));
      return count;
    }

    @Override
    public boolean isOpen() {
      return out.isOpen();
    }

    @Override
    public void close() {}
  }
}
