using System.Globalization;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Kernel;

/// <summary>Counts what the kernel holds for processes of what there is only so much of, and says when there must be no more.</summary>
/// <remarks>
/// What tasks map, start, attach and register costs the kernel's process descriptors and mappings, so a task with memory of its own could use
/// them all up. Then .NET itself fails in that process, and the supervisor with it. So others than what starts have a part only, and one process
/// has a quarter of that, with those that it had attached: whatever tasks do, others can still be started, and served.
/// </remarks>
/// <param name="forExtras">What there is for what others can be started without.</param>
/// <param name="forAll">What there is in all.</param>
internal sealed class Budget(Cost forExtras, Cost forAll)
{
    private const int FractionOfOne = 4;

    private readonly Cost _forOne = forExtras / FractionOfOne;
    private readonly Lock _lock = new();
    private Cost _used;

    /// <summary>Makes that of this process: Linux gives it descriptors, and mappings (<c>vm.max_map_count</c>), of which .NET needs some, too.</summary>
    public static Budget OfThisProcess(int receivers, int senders)
    {
        int descriptors = (int)Math.Min(ResourceLimit.Current(Resource.Descriptors).Soft, int.MaxValue), mappings = MostMappings();
        return new Budget(
            new Cost(descriptors / 2, mappings / 8 * 3, receivers, senders), new Cost(descriptors / 4 * 3, mappings / 2, receivers, senders));
    }

    /// <summary>Tells whether so much is left for this, and the process has not had its share.</summary>
    public bool HasRoom(HostedProcess process, BudgetUse use, Cost cost)
    {
        HostedProcess payer = process.Payer;
        lock (_lock)
        {
            return _used.LeavesRoomFor(cost, use == BudgetUse.Start ? forAll : forExtras)
                && (payer.IsRoot || payer.Paid.LeavesRoomFor(cost, _forOne));
        }
    }

    /// <summary>Takes so much of everything, or nothing.</summary>
    /// <returns>False if there is not so much left for this, or the process has had its share.</returns>
    public bool TryTake(HostedProcess process, BudgetUse use, Cost cost)
    {
        bool hasRoom = HasRoom(process, use, cost);
        if (hasRoom)
            Take(process, cost);
        return hasRoom;
    }

    /// <summary>Takes what is there already.</summary>
    public void Take(HostedProcess process, Cost cost)
    {
        HostedProcess payer = process.Payer;
        lock (_lock)
        {
            _used += cost;
            payer.Paid += cost;
        }
    }

    /// <summary>Gives back what a process was charged. May be called from any thread.</summary>
    public void Release(HostedProcess process, Cost cost) => Take(process, default(Cost) - cost);

    private static int MostMappings()
    {
        const int ByDefault = 65_530;
        try
        {
            return int.TryParse(PublicFile.ReadAllText("/proc/sys/vm/max_map_count"), CultureInfo.InvariantCulture, out int limit) ? limit : ByDefault;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return ByDefault;
        }
    }
}

/// <summary>Names what the kernel needs something for.</summary>
internal enum BudgetUse
{
    /// <summary>What others can be started without: a frame that is mapped, a receiver, a process that another than the root task attaches.</summary>
    Extra,

    /// <summary>A process or thread that starts.</summary>
    Start,
}
