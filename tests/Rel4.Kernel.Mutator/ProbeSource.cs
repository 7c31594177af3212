using System.Globalization;

namespace Rel4.Kernel.Mutator;

/// <summary>Writes the class that the instrumented core calls: it counts the branches taken, and knows which mutant is alive.</summary>
internal static class ProbeSource
{
    /// <summary>Gives the source for so many sites and mutants.</summary>
    public static string For(int sites, int mutants) => Text
        .Replace("SITES", (2 * sites).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("MUTANTS", (mutants + 2).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private const string Text = """
        namespace Rel4.Kernel;

        internal static class Probe
        {
            /// <summary>The one mutant that is alive; -1 for none.</summary>
            public static int Active = -1;

            /// <summary>Probes that may still be passed before the kernel is taken to hang.</summary>
            public static long Fuel = long.MaxValue;

            /// <summary>How often each site went false and true.</summary>
            public static readonly int[] Counts = new int[SITES];

            /// <summary>Whether each mutant was come across.</summary>
            public static readonly bool[] Reached = new bool[MUTANTS];

            /// <summary>Passes a condition on. Two mutants replace it: by false, and by true.</summary>
            public static bool At(int site, int mutant, bool value)
            {
                Burn();
                Counts[(2 * site) + (value ? 1 : 0)]++;
                if (mutant < 0)
                    return value;
                Reached[mutant] = Reached[mutant + 1] = true;
                return Active == mutant ? false : Active == mutant + 1 ? true : value;
            }

            /// <summary>Notes that a place was come to.</summary>
            public static bool Hit(int site)
            {
                Burn();
                Counts[(2 * site) + 1]++;
                return true;
            }

            /// <summary>Notes that a case was chosen. A mutant leaves it out.</summary>
            public static bool Arm(int site, int mutant)
            {
                Hit(site);
                return mutant < 0 || !Is(mutant);
            }

            /// <summary>Tells whether a mutant is alive.</summary>
            public static bool Is(int mutant)
            {
                Burn();
                Reached[mutant] = true;
                return Active == mutant;
            }

            private static void Burn()
            {
                if (--Fuel < 0)
                    throw new System.InvalidOperationException("the kernel does not come to an end");
            }
        }
        """;
}
