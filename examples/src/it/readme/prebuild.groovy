// Copies the README's dependencies and its first Java into this project, so that they cannot drift.
String text = new File(readme).getText('UTF-8')
String section = text.substring(text.indexOf('\n## In a program'))

String block(String section, String language) {
  int begin = section.indexOf('\n```' + language + '\n')
  assert begin >= 0 : "the README's 'In a program' has no block of ${language}"
  int start = begin + language.length() + 5
  return section.substring(start, section.indexOf('\n```', start))
}

void fill(String file, String content) {
  File target = new File(basedir, file)
  String template = target.getText('UTF-8')
  assert template.contains('README -->') || template.contains('/* README */')
  target.setText(
      template.replace('<!-- README -->', content).replace('/* README */', content), 'UTF-8')
}

fill('pom.xml', block(section, 'xml'))
fill('src/main/java/Program.java', block(section, 'java'))
