# A stranger's words to the mail service at each address that is named, given up before there is a letter; one line an address.
# Run by the Perl of the mail image: ADDRESS TAKEN | refused | nobody.
use strict;
use warnings;
use IO::Socket::INET;
$| = 1;
for my $address (@ARGV) {
    my $line = IO::Socket::INET->new(PeerAddr => $address, PeerPort => 25, Timeout => 3);
    my $said = '';
    # A line that never comes must not hold up the others.
    eval {
        local $SIG{ALRM} = sub { die "late\n" };
        alarm 6;
        $said = $line ? <$line> // '' : '';
        if ($said =~ /^220/) {
            for my $word ('HELO stranger', 'MAIL FROM:<stranger@example.org>', 'RCPT TO:<stranger@example.com>') {
                print $line "$word\r\n";
                $said = <$line> // '';
            }
            # Who is told of the day's limit was let in before.
            print "$address ", $said =~ /^250|limit of this site/ ? 'TAKEN' : 'refused', "\n";
        } else {
            print "$address nobody\n";
        }
        alarm 0;
        1;
    } or print "$address nobody\n";
}
