using System.Runtime.CompilerServices;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Knows address spaces by their identifiers (ASIDs).</summary>
/// <remarks>
/// An ASID is a pool's number and a place in it. The space itself remembers its ASID in an entry of its root that is never present.
/// <para>
/// The rule that keeps every page with its owner: a space gets an ASID <em>once</em>, while it is empty, and only through its ASID is it loaded, or anything
/// mapped into it or looked for in it. When the pool is deleted, its spaces are out of use for good, whatever still stands in them; another space that
/// gets the same ASID starts empty. So:
/// </para>
/// <list type="number">
/// <item>Every entry that an ASID reaches was made under that ASID, for a capability that remembers ASID and address (<see cref="Mapping"/>), and is
/// found by these until it goes: when that capability does, or with a structure above it, which leaves the space for ever.</item>
/// <item>A structure enters a space empty (<see cref="TableInvocations"/>), so nothing of an earlier life comes back with it.</item>
/// </list>
/// <para>
/// Where the processor has process-context identifiers (PCIDs), they are the ASIDs, and translations outlive a change of the address space. What is taken
/// back while a space is not loaded makes it <em>stale</em>: the next load forgets all of its translations. A space is stale when it gets its ASID, since
/// another may have had that before. It is stale for each processor by itself: each has translations of its own. Without PCIDs every load forgets all, and only what is loaded has translations.
/// </para>
/// </remarks>
internal static unsafe class AddressSpaces
{
    /// <summary>ASIDs of a pool.</summary>
    public const int PoolSize = 512;

    /// <summary>Pools at most.</summary>
    public const int PoolCount = 8;

    /// <summary>First entry of the root that is not the user's: the kernel's window.</summary>
    public const int WindowEntry = 256;

    /// <summary>Entry of the root that holds the ASID.</summary>
    public const int AsidEntry = 510;

    private const int ImageEntry = 511;

    // In the entry that holds the ASID, from bit 1 on.
    private const int StaleShift = 20;
    private const ulong Stale = ((1UL << (int)ProcessorArea.Most) - 1) << StaleShift;

    // The space has its ASID, or had.
    private const ulong Assigned = 1UL << 28;

    // The mark of the checks, whose only time is between two entries (MachineInvariants).
    private const ulong Claimed = 1UL << 29;
    private const uint AsidMask = (PoolCount * PoolSize) - 1;

    // In CR3: the load forgets nothing.
    private const ulong KeepTranslations = 1UL << 63;

    private static bool s_hasContexts;

    private static ulong s_kernelRoot;

    private static PoolTable s_pools;

    /// <summary>Sets the address space that holds nothing but the kernel. No ASID is in use.</summary>
    public static void Start(ulong kernelRoot)
    {
        s_pools = default;
        s_kernelRoot = kernelRoot;
        s_hasContexts = Features.HasProcessContexts;
        ProcessorState.LeaveSpace();
    }

    /// <summary>Gives a new root the kernel's part.</summary>
    public static void Initialise(ulong* root)
    {
        ulong* kernel = (ulong*)Physical.ToPointer(s_kernelRoot);
        root[WindowEntry] = kernel[WindowEntry];
        root[ImageEntry] = kernel[ImageEntry];
    }

    /// <summary>Finds the root of an address space; null if the ASID has none.</summary>
    public static ulong* Find(uint asid)
    {
        ulong** pool = Pool(asid / PoolSize);
        return pool == null ? null : pool[asid % PoolSize];
    }

    /// <summary>Gets the ASID of a space; 0 if it has none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint AsidOf(ulong* root) => (uint)(root[AsidEntry] >> 1) & AsidMask;

    /// <summary>Gets the ASID of the space that a capability names; 0 if it has none, or the capability names something else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint AsidOf(in Capability space) => space.Type == CapType.VSpace ? AsidOf(space.Root()) : 0;

    /// <summary>Tells whether a space was ever given an ASID; it never gets another.</summary>
    public static bool WasAssigned(ulong* root) => (root[AsidEntry] & Assigned) != 0;

    /// <summary>Gives a space that never had one an ASID of a pool.</summary>
    /// <returns>False if the pool is full.</returns>
    public static bool TryAssign(ulong* root, uint poolNumber)
    {
        ulong** pool = Pool(poolNumber);
        for (uint i = poolNumber == 0 ? 1u : 0; i < PoolSize; i++)
        {
            if (pool[i] != null)
                continue;
            pool[i] = root;
            root[AsidEntry] = Assigned | Stale | ((ulong)((poolNumber * PoolSize) + i) << 1);
            ProcessorState.LeaveSpace();
            Remote.LeaveSpace(root);
            return true;
        }

        return false;
    }

    /// <summary>Finds a number that no pool has.</summary>
    /// <returns>False if there are as many as can be.</returns>
    public static bool TryFindFreePool(out uint number)
    {
        for (number = 0; number < PoolCount; number++)
        {
            if (Pool(number) == null)
                return true;
        }

        return false;
    }

    /// <summary>Puts memory in the place of a pool; null takes the ASIDs of all its spaces away, and so their use.</summary>
    public static void SetPool(uint number, ulong** pool)
    {
        ulong** old = Pool(number);
        for (int i = 0; old != null && i < PoolSize; i++)
        {
            if (old[i] != null)
                old[i][AsidEntry] = Assigned;
        }

        if (old != null)
        {
            ProcessorState.LeaveSpace();
            Remote.LeaveSpaces();
        }

        s_pools.Pointers[number] = (ulong)pool;
    }

    /// <summary>Takes a space that dies out of use.</summary>
    public static void Remove(ulong* root)
    {
        uint asid = AsidOf(root);
        if (asid == 0)
            return;
        Pool(asid / PoolSize)[asid % PoolSize] = null;
        ProcessorState.LeaveSpace();
        Remote.LeaveSpace(root);
    }

    /// <summary>Forgets the translations through an entry that was taken away: a page's, or, for a structure's, all.</summary>
    public static void Forget(ulong* root, ulong address, int level)
    {
        Remote.LeaveSpace(root);
        if (ProcessorState.IsLoaded(root) && level == 1)
        {
            Instructions.InvalidatePage(address);
            root[AsidEntry] |= Stale & ~StaleHere;
            return;
        }

        root[AsidEntry] |= Stale;
        if (ProcessorState.IsLoaded(root))
            ProcessorState.LeaveSpace();
    }

    /// <summary>Tells whether a thread that has a capability runs in its address space; if not, in none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUsable(in Capability space) => AsidOf(space) != 0;

    /// <summary>Gets what CR3 is to be for an address space that has an ASID, and takes note that what was stale in it is forgotten.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Refresh(ulong* root) => s_hasContexts ? RefreshContext(root) : Physical.Of(root);

    private static ulong RefreshContext(ulong* root)
    {
        ulong entry = root[AsidEntry];
        root[AsidEntry] = entry & ~StaleHere;
        return Physical.Of(root) | AsidOf(root) | ((entry & StaleHere) == 0 ? KeepTranslations : 0);
    }

    // The bit of the processor that asks.
    private static ulong StaleHere => 1UL << (StaleShift + ProcessorState.Number);

    /// <summary>Gets the memory of a pool; null if there is none.</summary>
    public static ulong** Pool(uint number) => (ulong**)s_pools.Pointers[number];

    /// <summary>Gets the root that holds nothing but the kernel.</summary>
    public static ulong* KernelRoot => (ulong*)Physical.ToPointer(s_kernelRoot);

    /// <summary>Marks a live address space, for the checks.</summary>
    /// <returns>False if it has an ASID that does not lead back.</returns>
    public static bool TryClaim(ulong* root)
    {
        uint asid = AsidOf(root);
        if (asid == 0)
            return true;
        root[AsidEntry] |= Claimed;
        return Find(asid) == root;
    }

    /// <summary>Takes the mark off the address space of an ASID.</summary>
    /// <returns>False if it has none, or another ASID.</returns>
    public static bool TryRelease(ulong* root, uint asid)
    {
        bool good = (root[AsidEntry] & Claimed) != 0 && AsidOf(root) == asid;
        root[AsidEntry] &= ~Claimed;
        return good;
    }

    private struct PoolTable
    {
        public fixed ulong Pointers[PoolCount];
    }
}
