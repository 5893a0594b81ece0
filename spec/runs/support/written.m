% Writes one log in as many ways as Octave has. Usage: octave written.m FOLDER
cd(argv(){1});
names = {"epoch", "loss", "zm", "zu", "vm", "vu"};
columns = {(0:3)', [54629804.5; 27274448.25; 0.125; 1e-9], [0.0478; -0.0173; 1e-3; 3], (1:4)', [-1.5; 2.5; 3.5; 4.5], [0.5; 0.25; 0.125; 0.1]};
log = [columns{:}];
for delimiter = {",", ";", "\t", " "}
  name = sprintf("octave-%d.txt", double(delimiter{1}));
  file = fopen(name, "w");
  fprintf(file, "%s\n", strjoin(names, delimiter{1}));
  fclose(file);
  dlmwrite(name, log, "-append", "delimiter", delimiter{1}, "precision", 17);
end
file = fopen("octave-printf.txt", "w");
fprintf(file, "%% %s\n", strjoin(names, " "));
fprintf(file, "%d %.17g %.17g %g %g %g\n", log');
fclose(file);
file = fopen("octave-columns.json", "w");
fputs(file, jsonencode(cell2struct(columns, names, 2)));
fclose(file);
file = fopen("octave-rows.json", "w");
fputs(file, jsonencode(cell2struct(num2cell(log), names, 2)));
fclose(file);
