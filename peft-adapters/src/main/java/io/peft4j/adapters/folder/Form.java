package io.peft4j.adapters.folder;

/** How a folder tells an adapter. */
public enum Form {
  /** As peft does where that is possible, else as this library does. */
  AUTO,
  /** As Hugging Face's peft does. */
  PORTABLE,
  /** As this library does: the method's own options and names. */
  NATIVE
}
