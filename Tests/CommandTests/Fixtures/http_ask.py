"""http_ask.py METHOD URL [TOKEN [BODY]]: status in the first line, then the body."""
import sys
import urllib.error
import urllib.request

method, url, token, body = (sys.argv[1:] + ["", ""])[:4]
request = urllib.request.Request(url, method=method, data=body.encode() if body else None)
if token:
    request.add_header("Authorization", "Bearer " + token)
try:
    with urllib.request.urlopen(request, timeout=20) as answer:
        print(answer.status)
        print(answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code)
    print(error.read().decode())
