package io.peft4j.graph.natives;

import com.google.auto.service.AutoService;
import org.nd4j.common.io.Resource;
import org.nd4j.linalg.factory.Environment;
import org.nd4j.linalg.factory.Nd4jBackend;

/**
 * No back end: an entry of the list that ND4J reads before it loads any native library. So it does
 * not matter whether a program makes an array or opens a door of this library first; it would
 * compute with other kernels, and to other last bits.
 */
@AutoService(Nd4jBackend.class)
public final class PreparingBackend extends Nd4jBackend {
  private static final String NONE = "prepares native libraries and computes nothing";

  /** Found by ND4J's ServiceLoader; prepares the process. */
  public PreparingBackend() {
    NativeSetup.prepare();
  }

  /** Behind all others. */
  @Override
  public int getPriority() {
    return Integer.MIN_VALUE;
  }

  @Override
  public boolean isAvailable() {
    return false;
  }

  @Override
  public boolean canRun() {
    return false;
  }

  @Override
  public boolean allowsOrder() {
    return false;
  }

  @Override
  public Resource getConfigurationResource() {
    throw new UnsupportedOperationException(NONE);
  }

  @Override
  @SuppressWarnings("rawtypes") // as ND4J has it
  public Class getNDArrayClass() {
    throw new UnsupportedOperationException(NONE);
  }

  @Override
  public Environment getEnvironment() {
    throw new UnsupportedOperationException(NONE);
  }

  @Override
  public String buildInfo() {
    return NONE;
  }

  @Override
  public void logBackendInit() {
    // Nothing to tell.
  }
}
