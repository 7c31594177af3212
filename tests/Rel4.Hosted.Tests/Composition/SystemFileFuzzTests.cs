using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;

namespace Rel4.Hosted.Tests.Composition;

/// <summary>Does a system file with anything in it either make a system, or a message that people can use?</summary>
public sealed class SystemFileFuzzTests(ITestOutputHelper log)
{
    private const string Example = """
        {
          "kernel": { "memoryBits": 26, "rootCNodeBits": 16, "receivers": 64, "senders": 64 },
          "endpoints": ["requests"],
          "notifications": ["writes"],
          "frames": { "ring": "2MiB" },
          "tasks": {
            "gateway": {
              "program": "bin/gateway.dll", "arguments": ["-v"], "memory": { "heap": 20 }, "asyncMemoryBits": 22, "startAfter": ["store"],
              "grants": { "store": { "object": "requests", "rights": ["write", "grantReply"], "badge": 1 }, "ring": { "object": "ring", "rights": ["read"] } },
              "environment": { "A": "b" }, "sandbox": { "sockets": ["internet"], "readable": ["data"], "writable": ["x"], "openDescriptors": 64 }, "limits": { "memoryBytes": 67108864, "processors": 0.5, "threads": 80, "required": false }, "debug": { "wait": true },
              "cNodeBits": 11
            },
            "store": {
              "program": "/opt/store", "method": { "assembly": "Store", "type": "Store.Program", "name": "Run" },
              "restart": { "when": "always", "firstDelaySeconds": 0.5, "factor": 3, "longestDelaySeconds": 60, "healthyAfterSeconds": 5, "limit": 9 }
            }
          }
        }
        """;

    private static readonly string[] s_texts =
        ["", "\0", "a\0b", "a\nb", "\e[2J", "\u202etxt.exe", "\u200b", "\u2028", " ", "|", ",", "=", "../..", "store", "read", "a'b\"c\\", new string('x', 200_000)];

    private static readonly string[] s_raw =
    [
        "-1", "0", "1", "-9223372036854775809", "2147483648", "65535", "18446744073709551616", "1e999", "-1e999", "1.5", "1E2", "1" + new string('0', 400),
        "true", "null", "{}", "[]", "[[[[]]]]", "\"\\ud800\"", "\"\\udc00\\ud800\"", "{\"a\":1,\"a\":2}", "nul", "01", "\"", "{", "]", "", "// x", "'a'",
        new string('[', 5000), string.Concat(Enumerable.Repeat("{\"a\":", 100)),
    ];

    [Fact]
    public void Parse_OfAnythingInAnyPlace_MakesASystemOrOneLineForEachMistake()
    {
        var random = new Random(Soak.Seed(log));
        int accepted = 0, refused = 0;
        DateTime end = DateTime.UtcNow + TimeSpan.FromMinutes(Soak.Minutes);
        for (int round = 0; round < 4000 || DateTime.UtcNow < end; round++)
        {
            string json = Spoil(random);
            try
            {
                _ = SystemFile.Parse(json, "/srv", "system.json");
                accepted++;
            }
            catch (SystemDefinitionException refusal)
            {
                refused++;
                Assert.All(refusal.Problems, problem => AssertIsClear(problem.ToString(), json));
            }
        }

        // The generator is worth something only if it makes both.
        Assert.InRange(accepted, 20, int.MaxValue);
        Assert.InRange(refused, 1000, int.MaxValue);
    }

    private static void AssertIsClear(string line, string json)
    {
        string shown = json.Length < 4000 ? json : json[..4000];
        Assert.True(line.Length is > 20 and < 1400, $"{line}\n{shown}");
        Assert.Matches(@"^system\.json(, line [0-9]+(, (\$\S.*|kernel|task '.*'.*))?|, the system|, start order): .+\. .+\.$", line);
        // Neither .NET's names nor what a terminal obeys or hides.
        Assert.DoesNotMatch(@"System\.[A-Z]|Rel4\.|Nullable|   at ", line);
        Assert.DoesNotContain(line.EnumerateRunes(), rune => Rune.IsControl(rune)
            || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
    }

    /// <summary>Puts something into one place of the example, or two, and sometimes cuts it off or changes a byte.</summary>
    private static string Spoil(Random random)
    {
        JsonNode root = JsonNode.Parse(Example)!;
        const string Mark = "@@here@@";
        for (int i = random.Next(2); i >= 0; i--)
        {
            JsonNode place = Choose(random, root);
            string text = s_texts[random.Next(s_texts.Length)];
            switch (random.Next(4))
            {
                case 0 when place.Parent is JsonObject parent:
                    string name = place.GetPropertyName();
                    parent.Remove(name);
                    parent[random.Next(3) == 0 ? name.ToUpperInvariant() : text] = place.DeepClone();
                    break;
                case 1 when place.Parent is not null:
                    place.ReplaceWith(text);
                    break;
                case 2 when place.Parent is JsonArray list:
                    list.Add(place.DeepClone());
                    break;
                default:
                    if (place.Parent is not null)
                        place.ReplaceWith(Mark);
                    break;
            }
        }

        string json = root.ToJsonString(new() { WriteIndented = random.Next(2) == 0 })
            .Replace($"\"{Mark}\"", s_raw[random.Next(s_raw.Length)], StringComparison.Ordinal);
        return random.Next(20) switch
        {
            0 => json[..random.Next(json.Length)],
            1 => json.Remove(random.Next(json.Length), 1),
            2 => json.Insert(random.Next(json.Length), ((char)random.Next(0x3000)).ToString()),
            _ => json,
        };
    }

    private static JsonNode Choose(Random random, JsonNode node)
    {
        while (random.Next(6) != 0)
        {
            JsonNode[] children = node switch
            {
                JsonObject { Count: > 0 } members => [.. members.Select(member => member.Value!)],
                JsonArray { Count: > 0 } items => [.. items.Select(item => item!)],
                _ => [],
            };
            if (children.Length == 0)
                return node;
            node = children[random.Next(children.Length)];
        }

        return node;
    }
}
