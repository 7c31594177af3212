using System.Reflection;

namespace Rel4.Kernel.Mutants;

/// <summary>Reaches the probe that the instrumented core was built with.</summary>
internal static class Probe
{
    private static readonly Assembly Core = typeof(KernelState).Assembly;
    private static readonly Type Type = Core.GetType("Rel4.Kernel.Probe")
        ?? throw new InvalidOperationException($"{Core.Location} has no mutants: build this project, which puts them there.");
    private static readonly FieldInfo ActiveField = Type.GetField("Active")!;
    private static readonly FieldInfo FuelField = Type.GetField("Fuel")!;

    /// <summary>Gets whether each mutant was come across.</summary>
    public static bool[] Reached { get; } = (bool[])Type.GetField("Reached")!.GetValue(null)!;

    /// <summary>Makes one mutant the living one; -1 for none.</summary>
    public static void Activate(int mutant) => ActiveField.SetValue(null, mutant);

    /// <summary>Gets or sets how many probes may be passed before the kernel counts as hanging.</summary>
    public static long Fuel
    {
        get => (long)FuelField.GetValue(null)!;
        set => FuelField.SetValue(null, value);
    }

    /// <summary>Reads a list that the core carries.</summary>
    public static string[] ReadList(string name)
    {
        using var reader = new StreamReader(Core.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().Split('\n');
    }
}
