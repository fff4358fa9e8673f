package dev.slipway.transport;

import dev.slipway.files.RawName;
import dev.slipway.layer.Compression;
import dev.slipway.layer.Layer;
import dev.slipway.layer.TarMember;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * A layer that lies in an archive; it can be written for as long as the archive is open.
 *
 * @param memberName its name as the manifest has it
 * @param member the member of that name, which may be a link
 * @param fileName the name, without {@code .} and doubled slashes, of the file that holds the layer
 * @param file the member that holds it: {@code member} itself if that is no link
 * @param form how it is stored
 * @param layer the layer, whose diff ID has been found true
 */
public record ArchivedLayer(
    String memberName, TarMember member, RawName fileName, TarMember file, Form form, Layer layer) {

  /** How an archive stores a layer. */
  public enum Form {
    /** Uncompressed, under a name of the docker archive's own. */
    DOCKER,
    /** Compressed, or as a blob of an OCI layout. */
    OTHER
  }

  /** Its bytes as an OCI layout stores them, under a digest that has been found true, too. */
  Optional<StoredLayer> stored() {
    if (layer.tar() instanceof ArchivedBlob blob) {
      return LayerVerifier.named(fileName)
          .filter(digest -> blob.compression() != Compression.NONE || digest.equals(blob.digest()))
          .map(digest -> new StoredLayer(digest, blob.stored(), blob.compression(), blob));
    }
    return Optional.empty();
  }

  /**
   * The layer's tar, from its beginning.
   *
   * @throws IOException if it cannot be read
   */
  public InputStream open() throws IOException {
    if (layer.tar() instanceof ArchivedBlob blob) {
      return blob.open();
    }
    throw new IllegalStateException(memberName + " does not lie in an archive");
  }
}
