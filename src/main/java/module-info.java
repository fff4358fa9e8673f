/**
 * Slipway builds container images, reproducibly, layer by layer, without Docker and without a
 * daemon.
 *
 * <p>Start reading at {@link dev.slipway.build}: its functions are those of nixpkgs' {@code
 * dockerTools}.
 */
module dev.slipway {
  requires com.fasterxml.jackson.core;
  requires com.github.luben.zstd_jni;
  requires java.net.http;
  requires java.sql;
  requires org.apache.commons.cli;
  requires org.apache.commons.compress;
  requires org.apache.commons.text;
  requires org.apache.httpcomponents.client5.httpclient5;
  requires org.apache.httpcomponents.core5.httpcore5;
  requires static transitive org.jspecify;
  requires org.snakeyaml.engine;
  requires org.tukaani.xz;
  requires org.xerial.sqlitejdbc;
  requires me.tongfei.progressbar;

  exports dev.slipway.build;
  exports dev.slipway.files;
  exports dev.slipway.http;
  exports dev.slipway.layer;
  exports dev.slipway.layering;
  exports dev.slipway.oci;
  exports dev.slipway.sandbox;
  exports dev.slipway.store;
  exports dev.slipway.transport;
}
