"""The function of CloudFront that makes pages of the app: run as it stands in the template, by Node."""

import json
import subprocess
import unittest

import linting
from cfnlint.decode import decode

RUN = """
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const handler = new Function(asked.code + '; return handler;')();
const answers = asked.requests.map(([uri, accepted]) =>
  handler({ request: { uri, headers: accepted === null ? {} : { 'accept-encoding': { value: accepted } } } }));
console.log(JSON.stringify(answers.map((answer) => answer.uri || answer.statusCode + ' ' + answer.headers.location.value)));
"""


def answers(*requests):
    """The file each request of (path, Accept-Encoding) is answered with, or where it is sent."""
    template, _ = decode(str(linting.TEMPLATES / "edge.yaml"))
    code = template["Resources"]["AppPaths"]["Properties"]["FunctionCode"]
    asked = json.dumps({"code": str(code), "requests": requests})
    done = subprocess.run(["node", "-e", RUN], input=asked, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


class AppPaths(unittest.TestCase):
    def test_every_address_without_a_dot_in_its_last_part_is_the_page(self):
        pages = ["/", "/map", "/reports/12", "/desk/newport/integrations", "/report/new", "/v1.2/about"]
        self.assertEqual(answers(*[(page, None) for page in pages]), ["/index.html"] * len(pages))

    def test_a_file_is_that_file_whether_it_is_there_or_not(self):
        self.assertEqual(answers(("/assets/app-1a2b.js", None), ("/gone.png", "br")), ["/assets/app-1a2b.js", "/gone.png"])

    def test_the_smallest_copy_that_the_browser_takes_is_sent(self):
        wasm = "/assets/app.wasm"
        wanted = {
            "gzip, deflate, br, zstd": wasm + ".br",
            "GZIP": wasm + ".gz",
            "br;q=0, gzip": wasm + ".gz",
            "br;q=0.5": wasm + ".br",
            "gzip;q=0, br;q=0.0": wasm,
            "identity": wasm,
            "brotlish": wasm,
        }
        self.assertEqual(answers(*[(wasm, accepted) for accepted in wanted]), list(wanted.values()))

    def test_the_page_of_a_body_in_the_site_before_leads_to_where_the_api_knows_it(self):
        self.assertEqual(
            answers(("/reports/Newport+City", None), ("/reports", None), ("/reports/", "br"), ("/reports/12", None), ("/reports/12/x", None)),
            ["308 /report/of/Newport+City", "308 /around", "308 /around", "/index.html", "/index.html"],
        )

    def test_what_has_no_copies_is_sent_as_it_is(self):
        self.assertEqual(answers(("/icon.png", "br"), ("/font.woff2", "gzip")), ["/icon.png", "/font.woff2"])


if __name__ == "__main__":
    unittest.main()
