using System.Xml.Linq;

namespace Rel4.Kernel.Tests;

/// <summary>Reads libsel4's description of the interface, as its own generator of stubs does.</summary>
/// <remarks>
/// Labels count the methods whose condition holds. Parameters that are capabilities go into the message's capabilities; the others are packed into
/// words in their order, each aligned to its own size.
/// </remarks>
internal static class Libsel4Reader
{
    private const int WordBits = 64;

    /// <summary>The files of x86-64, in the order of their labels.</summary>
    private static readonly string[] s_files =
    [
        "include/interfaces/object-api.xml",
        "sel4_arch_include/x86_64/interfaces/object-api-sel4-arch.xml",
        "arch_include/x86/interfaces/object-api-arch.xml",
    ];

    /// <summary>The parameter types that are capabilities.</summary>
    private static readonly HashSet<string> s_caps =
    [
        "seL4_CPtr", "seL4_CNode", "seL4_TCB", "seL4_Untyped", "seL4_X64_PML4",
    ];

    /// <summary>The sizes of the other types; those not named fill a word.</summary>
    private static readonly Dictionary<string, int> s_bits = new()
    {
        ["seL4_Bool"] = 1,
        ["seL4_Uint8"] = 8,
        ["seL4_Uint16"] = 16,
        ["seL4_Uint32"] = 32,
        ["seL4_UserContext"] = UserContext.Count * WordBits,
    };

    /// <summary>Reads all methods of a <c>libsel4</c> folder.</summary>
    public static IEnumerable<InterfaceMethod> Read(string folder) =>
        Read(s_files.Select(file => XDocument.Load(Path.Combine(folder, file))));

    /// <summary>Reads all methods of some documents.</summary>
    public static IEnumerable<InterfaceMethod> Read(IEnumerable<XDocument> documents)
    {
        ulong label = 0;
        foreach (XElement method in documents.SelectMany(document => document.Descendants("method")).Where(Holds))
        {
            yield return new InterfaceMethod(
                Name(method.Parent!)["seL4_".Length..], Name(method), (string)method.Attribute("id")!, ++label,
                [.. Places(method, "in")], [.. Places(method, "out")],
                [.. method.Elements("error").Select(error => Enum.Parse<SeL4Error>(Name(error)["seL4_".Length..])).Distinct()
                    .OrderBy(error => error.ToString(), StringComparer.Ordinal)]);
        }
    }

    private static string Name(XElement element) => (string)element.Attribute("name")!;

    private static bool Holds(XElement method) => method.Element("condition")?.Elements().All(IsTrue) ?? true;

    /// <summary>Evaluates a condition: of what configurations ask for, ours is x86-64 and nothing else.</summary>
    private static bool IsTrue(XElement condition) => condition.Name.LocalName switch
    {
        "config" => (string)condition.Attribute("var")! == "CONFIG_ARCH_X86_64",
        "not" => !condition.Elements().All(IsTrue),
        "and" => condition.Elements().All(IsTrue),
        "or" => condition.Elements().Any(IsTrue),
        var name => throw new FormatException($"no condition <{name}>"),
    };

    private static IEnumerable<InterfaceArgument> Places(XElement method, string direction)
    {
        int bit = 0, cap = 0;
        foreach (XElement parameter in method.Elements("param").Where(parameter => (string)parameter.Attribute("dir")! == direction))
        {
            string type = (string)parameter.Attribute("type")!;
            if (s_caps.Contains(type))
            {
                yield return new InterfaceArgument(Name(parameter), IsCap: true, ++cap, 0, WordBits);
                continue;
            }

            int bits = s_bits.GetValueOrDefault(type, WordBits), alignment = Math.Min(bits, WordBits);
            bit = (bit + alignment - 1) / alignment * alignment;
            yield return new InterfaceArgument(Name(parameter), IsCap: false, bit / WordBits, bit % WordBits, bits);
            bit += bits;
        }
    }
}
