using Microsoft.CodeAnalysis;

namespace Rel4.Kernel.Mutator;

/// <summary>Is one small mistake that can be switched on.</summary>
/// <param name="Key">Its name, the same as long as the code that it changes is: file, member, what is changed to what.</param>
/// <param name="Line">Where that is now.</param>
internal sealed record Mutant(string Key, int Line);

/// <summary>Is a place that the instrumented core counts.</summary>
/// <param name="Key">Its name: file, member, code.</param>
/// <param name="Line">Where that is now.</param>
/// <param name="IsCondition">Whether it has two outcomes, or only can be come to or not.</param>
internal sealed record Site(string Key, int Line, bool IsCondition);

/// <summary>Numbers the sites and mutants of a build.</summary>
internal sealed class Catalogue
{
    private readonly Dictionary<string, int> _uses = [];
    private readonly HashSet<int> _refused;
    private readonly bool _hasMutants;

    /// <summary>Starts a catalogue.</summary>
    /// <param name="hasMutants">Whether there are mutants, or sites only.</param>
    /// <param name="refused">Mutants that the compiler refuses: they keep their number and are left out.</param>
    public Catalogue(bool hasMutants, HashSet<int> refused)
    {
        _hasMutants = hasMutants;
        _refused = refused;
    }

    /// <summary>Gets the mutants, in the order of their numbers.</summary>
    public List<Mutant> Mutants { get; } = [];

    /// <summary>Gets the sites, in the order of their numbers.</summary>
    public List<Site> Sites { get; } = [];

    /// <summary>Numbers a site.</summary>
    public int AddSite(string key, int line, bool isCondition)
    {
        Sites.Add(new Site(Unique("site " + key)["site ".Length..], line, isCondition));
        return Sites.Count - 1;
    }

    /// <summary>Numbers a mutant; null if it is to be left out.</summary>
    public int? AddMutant(string key, int line)
    {
        if (!_hasMutants)
            return null;
        Mutants.Add(new Mutant(Unique(key), line));
        int number = Mutants.Count - 1;
        return _refused.Contains(number) ? null : number;
    }

    /// <summary>Tells the second and later mutants of one name apart.</summary>
    private string Unique(string key)
    {
        int use = _uses[key] = _uses.GetValueOrDefault(key) + 1;
        return use == 1 ? key : $"{key} #{use}";
    }
}
