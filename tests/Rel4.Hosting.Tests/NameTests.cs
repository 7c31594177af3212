using System.Reflection;
using Rel4.Runtime;

namespace Rel4.Hosting.Tests;

/// <summary>Checks that no name of the packages is one that its users have in sight anyway.</summary>
public sealed class NameTests
{
    /// <summary>What the Web SDK imports, and what whoever writes servers imports beside it.</summary>
    private static readonly HashSet<string> s_theirs =
    [
        "System", "System.Buffers", "System.Collections.Generic", "System.Diagnostics", "System.IO", "System.IO.Pipelines", "System.Linq", "System.Net", "System.Net.Http", "System.Net.Http.Json",
        "System.Net.Sockets", "System.Text", "System.Text.Json", "System.Threading", "System.Threading.Channels", "System.Threading.Tasks", "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Http", "Microsoft.AspNetCore.Routing", "Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.Hosting",
        "Microsoft.Extensions.Logging", "Microsoft.Extensions.Options",
    ];

    private static readonly Type[] s_ours =
        [.. Directory.GetFiles(AppContext.BaseDirectory, "Rel4.*.dll").Where(path => !path.EndsWith(".Tests.dll", StringComparison.Ordinal)).SelectMany(Exported)];

    [Fact]
    public void PublicTypes_BesideTheImportsOfTheWebSdk_ClashWithNone()
    {
        ILookup<string, string> theirs = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':').Where(path => !IsOurs(path)).SelectMany(Exported)
            .Where(type => s_theirs.Contains(type.Namespace ?? "")).ToLookup(NameOf, type => type.FullName!);

        Assert.NotEmpty(theirs["Endpoint"]);
        Assert.NotEmpty(theirs["ChannelClosedException"]);
        Assert.Contains(s_ours, type => type.Name == "EndpointCap");
        Assert.Empty(s_ours.SelectMany(type => theirs[NameOf(type)].Select(clash => $"{type.FullName} and {clash}")));
    }

    [Fact]
    public void PublicExceptions_OfAllPackages_AreOfOneFamily() => Assert.All(
        s_ours.Where(type => type.IsAssignableTo(typeof(Exception))),
        type => Assert.True(type.IsAssignableTo(typeof(Rel4Exception)), $"{type.FullName} is no Rel4Exception"));

    private static bool IsOurs(string path) => Path.GetFileName(path).StartsWith("Rel4.", StringComparison.Ordinal);

    private static string NameOf(Type type) => type.Name.Split('`')[0];

    private static IEnumerable<Type> Exported(string path) => Assembly.Load(Path.GetFileNameWithoutExtension(path)).GetExportedTypes().Where(type => !type.IsNested);
}
