using System.Globalization;

namespace Rel4.Hosted.Kernel;

/// <summary>Counts the mappings that the kernel's process has for its objects, and says when there must be no more.</summary>
/// <remarks>
/// Linux gives a process a number of mappings (<c>vm.max_map_count</c>). A shared frame between others that are not costs two of them, a
/// receiver two and a sender one. Where none is left .NET gets no memory, and the process ends. So objects have three quarters of half
/// of them, what threads are started with has the rest of that half, and one process has a quarter of what there is for objects.
/// </remarks>
/// <param name="limit">How many the process may have.</param>
internal sealed class MappingBudget(int limit)
{
    /// <summary>What a frame costs: its own, and that of the memory behind it.</summary>
    public const int OfFrame = 2;

    /// <summary>What a receiver costs: its status and its inbox.</summary>
    public const int OfReceiver = 2;

    private const int FractionOfOne = 4;

    private readonly int _forAll = limit / 2;
    private readonly int _forExtras = limit / 8 * 3;
    private int _used;

    public MappingBudget()
        : this(LimitOfLinux())
    {
    }

    /// <summary>Takes some; false if there are not so many left for this, or the process has its share.</summary>
    public bool TryTake(HostedProcess process, DescriptorUse use, int count = 1)
    {
        HostedProcess payer = process.Payer;
        if (_used + count > (use == DescriptorUse.Start ? _forAll : _forExtras)
            || (!payer.IsRoot && payer.MappingsPaid + count > _forExtras / FractionOfOne))
            return false;
        _used += count;
        payer.MappingsPaid += count;
        return true;
    }

    /// <summary>Gives back some that a process was charged.</summary>
    public void Release(HostedProcess process, int count = 1)
    {
        _used -= count;
        process.Payer.MappingsPaid -= count;
    }

    private static int LimitOfLinux()
    {
        const int ByDefault = 65_530;
        try
        {
            return int.TryParse(File.ReadAllText("/proc/sys/vm/max_map_count"), CultureInfo.InvariantCulture, out int limit) ? limit : ByDefault;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return ByDefault;
        }
    }
}
