using System.Collections.Immutable;
using Rel4.Hosted.Composition;

namespace Rel4.Hosted.Tests.Composition;

/// <summary>Is what makes no sense between systems on several machines refused, with where, what and how to mend it?</summary>
public sealed class NatsTests : IDisposable
{
    private const string Key = "UAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rel4-nats-");

    public NatsTests()
    {
        File.WriteAllText(InFolder("seed.nk"), $"SU{new string('A', 56)}\n");
        File.WriteAllText(InFolder("none.nk"), "hello");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>What stands in the place of <c>nats</c>, and the line that says what is wrong.</summary>
    [Theory]
    [InlineData("", "$.nats: 'servers' is missing. Add a list ([...]) of that name.")]
    [InlineData("\"servers\": [], \"exprots\": {}", "$.nats.exprots: nothing is called 'exprots' here. Choose from servers, certificateAuthority, exports or imports.")]
    [InlineData("\"servers\": []", "nats: it has no server. Give the URL of one, such as nats://127.0.0.1:4222.")]
    [InlineData("\"servers\": [\"http://a\"]", "nats: 'http://a' is no server. Give nats://host:port or tls://host:port; who connects is told by keys.")]
    [InlineData("\"servers\": [\"nats://me:secret@a\"]", "nats: 'nats://me:secret@a' is no server. Give nats://host:port or tls://host:port; who connects is told by keys.")]
    [InlineData("EXPORT shop.*", "nats, export 'shop.*': 'shop.*' can't be a subject. Use names of letters, digits, '-' and '_', divided by dots, 128 characters at most.")]
    [InlineData("EXPORT shop.@a", "nats, export 'shop.@a': 'shop.@a' can't be a subject. Use names of letters, digits, '-' and '_', divided by dots, 128 characters at most.")]
    [InlineData("GRANT a b", "nats, export 's': 'a b' can't be the name of a grant. Use up to 64 letters, digits, '-' and '_'.")]
    [InlineData("KEY SUAAA", "nats, export 's', grant 'g': 'SUAAA' is no public key of an NKey user. Give what 'rel4 nats key FILE' prints: U and 55 letters and digits.")]
    [InlineData("BADGE 0", "nats, export 's', grant 'g': it has no badge. Give a number that receivers know it by; of a notification, the bits that it may signal.")]
    [InlineData("OBJECT none", "nats, export 's': 'none' is no endpoint or notification of the system. Give one that is.")]
    [InlineData("OBJECT f", "nats, export 's': 'f' is no endpoint or notification of the system. Give one that is.")]
    [InlineData("OBJECT n\", \"atLeastOnce\": true, \"keyFile\": \"seed.nk", "nats, export 's': signals are not kept: they are bits that are set. Take an endpoint, and send.")]
    [InlineData("IMPORT { \"subject\": \"a..b\", \"grant\": \"g\", \"keyFile\": \"seed.nk\" }", "nats, import 'i': 'a..b' can't be a subject. Use names of letters, digits, '-' and '_', divided by dots, 128 characters at most.")]
    [InlineData("IMPORT { \"subject\": \"s\", \"grant\": \"g.h\", \"keyFile\": \"seed.nk\" }", "nats, import 'i': 'g.h' can't be the name of a grant. Use up to 64 letters, digits, '-' and '_'.")]
    [InlineData("IMPORT { \"subject\": \"s\", \"keyFile\": \"seed.nk\" }", "$.nats.imports.i: 'grant' is missing. Add a text of that name.")]
    [InlineData("IMPORT { \"subject\": \"s\", \"grant\": \"g\", \"keyFile\": \"seed.nk\", \"spread\": \"all\" }", "$.nats.imports.i.spread: 'all' is not known here. Give clients or calls.")]
    [InlineData("IMPORT { \"subject\": \"s\", \"grant\": \"g\", \"keyFile\": \"seed.nk\", \"notification\": true, \"atLeastOnce\": true }", "nats, import 'i': signals are not kept: they are bits that are set. Take an endpoint, and send.")]
    [InlineData("IMPORT { \"subject\": \"s\", \"grant\": \"g\", \"keyFile\": \"none.nk\" }", "nats, import 'i': 'FOLDER/none.nk' holds no seed of an NKey user. Make one by 'rel4 nats key FILE'.")]
    [InlineData("IMPORT { \"subject\": \"s\", \"grant\": \"g\", \"keyFile\": \"gone.nk\" }", "nats, import 'i': 'FOLDER/gone.nk' can't be read: Could not find file 'FOLDER/gone.nk'. Make a key by 'rel4 nats key FILE', or give its file.")]
    [InlineData("\"servers\": [\"tls://a\"], \"certificateAuthority\": \"gone.pem\"", "nats, certificate authority: 'FOLDER/gone.pem' can't be read: Could not find file 'FOLDER/gone.pem'. Make a key by 'rel4 nats key FILE', or give its file.")]
    public void Parse_OfAMistakeInNats_SaysWhereAndWhatIsAllowedInOneLine(string members, string message)
    {
        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(() => Parse(Expand(members)));

        Assert.Equal($"system.json, line 2, {message}".Replace("FOLDER", _folder.FullName, StringComparison.Ordinal), refusal.Problems[0].ToString());
    }

    [Fact]
    public void Parse_WithoutTheBridgesPackage_SaysSo()
    {
        SystemDefinitionException refusal = Assert.Throws<SystemDefinitionException>(() => Parse("\"servers\": [\"nats://a\"]"));

        Assert.Equal(
            $"system.json, line 2, nats: the bridge's program, {Path.Combine(AppContext.BaseDirectory, "Rel4.Nats.dll")}, is missing. Add the package Rel4.Nats to the program that composes the system.",
            refusal.Message);
    }

    [Fact]
    public void Build_OfWhatIsThereTwice_SaysWhat()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint("requests");
        builder.AddTask("nats", "a.dll");
        builder.Nats.Server("nats://a");
        builder.ExportEndpoint(requests, "s", "k").To("one", Key, 1).To("one", Key, 2);
        builder.ExportEndpoint(requests, "s", "k");

        ImmutableArray<SystemProblem> problems = Assert.Throws<SystemDefinitionException>(builder.Build).Problems;

        Assert.Equal(
            [
                "task 'nats': that is what the bridge to NATS is called. Give the task another name.",
                "nats, exports: 's' is there more than once. Leave one.",
                "nats, export 's', grants: 'one' is there more than once. Leave one.",
                $"nats, export 's', keys: '{Key}' is there more than once. Leave one.",
            ],
            problems.Select(problem => problem.ToString()));
    }

    private static string Expand(string members)
    {
        string[] word = members.Split(' ', 2);
        return word[0] switch
        {
            "EXPORT" => Export(subject: word[1]),
            "GRANT" => Export(grant: word[1]),
            "KEY" => Export(key: word[1]),
            "BADGE" => Export(badge: word[1]),
            "OBJECT" => Export(name: word[1]),
            "IMPORT" => $"\"servers\": [\"nats://a\"], \"imports\": {{ \"i\": {word[1]} }}",
            _ => members,
        };
    }

    private static string Export(string subject = "s", string name = "e", string grant = "g", string key = Key, string badge = "1")
    {
        // A keyFile of its own ends what a case may add behind the object.
        string file = name.Contains("keyFile", StringComparison.Ordinal) ? "" : "\"keyFile\": \"seed.nk\", ";
        return $"\"servers\": [\"nats://a\"], \"exports\": {{ \"{subject}\": {{ {file}\"object\": \"{name}\", \"grants\": {{ \"{grant}\": {{ \"key\": \"{key}\", \"badge\": {badge} }} }} }} }}";
    }

    private SystemDefinition Parse(string members) => SystemFile.Parse(
        $"{{ \"endpoints\": [\"e\"], \"notifications\": [\"n\"], \"frames\": {{ \"f\": \"4KiB\" }}, \"tasks\": {{}},\n\"nats\": {{ {members} }} }}", _folder.FullName, "system.json");

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);
}
