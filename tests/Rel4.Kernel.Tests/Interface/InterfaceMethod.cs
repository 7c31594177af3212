using System.Globalization;
using Rel4.Abi;

namespace Rel4.Kernel.Tests;

/// <summary>What libsel4 says of a method: a line of <c>methods.tsv</c>.</summary>
/// <param name="Object">The interface, without <c>seL4_</c>.</param>
/// <param name="Name">The method's name in it.</param>
/// <param name="Id">The name of its label.</param>
/// <param name="Label">Its label.</param>
/// <param name="Arguments">What goes in, in the order of libsel4's function.</param>
/// <param name="Results">What comes out.</param>
/// <param name="Errors">The error codes that it is documented to give.</param>
internal sealed record InterfaceMethod(
    string Object, string Name, string Id, ulong Label, InterfaceArgument[] Arguments, InterfaceArgument[] Results, SeL4Error[] Errors)
{
    /// <summary>Gets the name of libsel4's function, without <c>seL4_</c>.</summary>
    public string Function => $"{Object}_{Name}";

    /// <summary>Gets how many words the message has at least; a structure counts as one that may be empty.</summary>
    public int Words => Arguments.Where(argument => !argument.IsCap && argument.Bits <= 64).Select(argument => argument.Index + 1).DefaultIfEmpty().Max();

    /// <summary>Gets how many capabilities the message has.</summary>
    public int Caps => Arguments.Count(argument => argument.IsCap);

    public static InterfaceMethod Parse(string line)
    {
        string[] fields = line.Split('\t');
        return new InterfaceMethod(
            fields[0], fields[1], fields[2], ulong.Parse(fields[3], CultureInfo.InvariantCulture),
            Places(fields[4]), Places(fields[5]), [.. Items(fields[6]).Select(Enum.Parse<SeL4Error>)]);
    }

    /// <summary>Gets an argument.</summary>
    public InterfaceArgument Argument(string name) => Arguments.Single(argument => argument.Name == name);

    /// <summary>Writes the line.</summary>
    public string ToLine() => string.Join(
        '\t', Object, Name, Id, Label, string.Join<InterfaceArgument>(' ', Arguments), string.Join<InterfaceArgument>(' ', Results),
        string.Join(' ', Errors));

    private static InterfaceArgument[] Places(string text) => [.. Items(text).Select(InterfaceArgument.Parse)];

    private static string[] Items(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
