using System.Diagnostics;
using System.Text.Json;

namespace Rel4.Cli.Tests;

/// <summary>Has Chromium lay pictures out, with the fonts that it has, and tells what it is that can't be read.</summary>
internal static class Browser
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>Measures: each text is within its picture, apart from all others, and if it is a node's, within that; no text of an arrow lies on a node.</summary>
    private const string Script = """
        const faults = [], texts = [];
        const box = element => element.getBoundingClientRect();
        const holds = (outer, inner) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1 && inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
        const meet = (a, b) => a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5;
        for (const svg of document.querySelectorAll('svg')) {
          const own = [...svg.querySelectorAll('text')].filter(text => text.textContent.trim() !== '');
          const nodes = [...svg.querySelectorAll('g.node')].map(node => ({ node, shape: node.querySelector('polygon, ellipse, path, rect') }));
          texts.push(own.map(text => text.textContent));
          own.forEach((text, index) => {
            if (!holds(box(svg), box(text)))
              faults.push(`'${text.textContent}' is cut off`);
            for (const other of own.slice(index + 1))
              if (meet(box(text), box(other)))
                faults.push(`'${text.textContent}' and '${other.textContent}' overlap`);
            for (const { node, shape } of nodes) {
              if (!node.contains(text)) {
                if (meet(box(text), box(shape)))
                  faults.push(`'${text.textContent}' lies on '${node.textContent.trim()}'`);
                continue;
              }
              const place = text.getBBox(), point = svg.createSVGPoint();
              for (const [x, y] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
                point.x = place.x + x * place.width;
                point.y = place.y + y * place.height;
                if (!shape.isPointInFill(point)) {
                  faults.push(`'${text.textContent}' runs out of its node`);
                  break;
                }
              }
            }
          });
        }
        document.body.innerHTML = '<pre id="measured"></pre>';
        document.getElementById('measured').textContent = JSON.stringify({ texts, faults });
        """;

    /// <summary>Shows pictures, one below the other.</summary>
    /// <param name="pictures">Pictures as SVG.</param>
    /// <returns>What is written in each, and what is wrong with any.</returns>
    public static async Task<(string[][] Texts, string[] Faults)> ShowAsync(params IEnumerable<string> pictures)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("rel4-browser-");
        try
        {
            string page = Path.Combine(folder.FullName, "page.html");
            string drawn = string.Join("<br>", pictures.Select(picture => picture[picture.IndexOf("<svg", StringComparison.Ordinal)..]));
            await File.WriteAllTextAsync(page, $"<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head><body>{drawn}<script>{Script}</script></body></html>");
            string shown = await DumpAsync(page, folder.FullName);
            const string Begin = "<pre id=\"measured\">", End = "</pre>";
            int from = shown.IndexOf(Begin, StringComparison.Ordinal);
            Assert.True(from >= 0, shown);
            from += Begin.Length;
            using var measured = JsonDocument.Parse(System.Net.WebUtility.HtmlDecode(shown[from..shown.IndexOf(End, from, StringComparison.Ordinal)]));
            return (
                [.. measured.RootElement.GetProperty("texts").EnumerateArray().Select(Strings)],
                Strings(measured.RootElement.GetProperty("faults")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static string[] Strings(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetString()!)];
    }

    private static async Task<string> DumpAsync(string page, string profile)
    {
        using Process browser = Process.Start(new ProcessStartInfo(
            "chromium-headless-shell", ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", $"--user-data-dir={profile}", "--dump-dom", $"file://{page}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(s_limit);
        try
        {
            Task<string> errors = browser.StandardError.ReadToEndAsync(limit.Token);
            string shown = await browser.StandardOutput.ReadToEndAsync(limit.Token);
            await browser.WaitForExitAsync(limit.Token);
            Assert.True(browser.ExitCode == 0, await errors);
            return shown;
        }
        finally
        {
            if (!browser.HasExited)
                browser.Kill(entireProcessTree: true);
        }
    }
}
