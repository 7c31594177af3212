using Rel4.Abi;
using Rel4.Kernel;
using Rel4.Kernel.Tests;

namespace Rel4.Metal.Kernel;

/// <summary>Does every thread run in its own address space and with its own bases, in whatever order threads, spaces and pools are made, changed and deleted, also by themselves?</summary>
[Collection(nameof(MachineWorld))]
public sealed class RandomThreadTests
{
    private const int Episodes = 10;
    private const int Steps = 4_000;

    // What never succeeds is not tested.
    private static readonly InvocationLabel[] s_used =
    [
        InvocationLabel.UntypedRetype, InvocationLabel.CNodeDelete, InvocationLabel.TcbSetSpace, InvocationLabel.TcbSuspend, InvocationLabel.TcbResume,
        InvocationLabel.TcbSetFlags, InvocationLabel.TcbSetTlsBase, InvocationLabel.TcbWriteRegisters, InvocationLabel.TcbCopyRegisters,
        InvocationLabel.X86AsidPoolAssign, InvocationLabel.X86AsidControlMakePool,
    ];

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void SystemCalls_OfManyThreads_EachEntersWithWhatIsIts(bool hasContexts, bool usersSetBases)
    {
        for (ulong seed = 1; seed <= Episodes; seed++)
        {
            using var crowd = new Crowd(seed, hasContexts, usersSetBases);
            for (int step = 0; step < Steps; step++)
            {
                crowd.Step();
                Assert.True(crowd.Loaded == crowd.Own, $"seed {seed}, step {step}: {crowd.Loaded} is loaded, and {crowd.Own} is the thread's");
            }

            Assert.All(s_used, label => Assert.True(
                crowd.Successes.GetValueOrDefault(label) > Steps / 400, $"seed {seed}: {label} succeeded {crowd.Successes.GetValueOrDefault(label)} times"));
            Assert.True(crowd.Switches > Steps / 20, $"seed {seed}: {crowd.Switches} switches");
            Assert.True(crowd.Interrupts > Steps / 100, $"seed {seed}: {crowd.Interrupts} times nobody ran");
        }
    }

    /// <summary>Is the root thread and others that come and go. Where all wait, an interrupt comes.</summary>
    private sealed unsafe class Crowd : IDisposable
    {
        private const int ThreadCount = 4;
        private const int SpaceCount = 4;
        private const ulong Guard = Limits.WordBits - 8;
        private const ulong CopyIntegers = 8;

        private readonly MachineWorld _world;
        private readonly Dictionary<nint, (ulong Fs, ulong Gs)> _bases = [];
        private readonly ulong[] _threads = new ulong[ThreadCount];
        private readonly ulong[] _buffers = new ulong[ThreadCount];
        private readonly ulong[] _spaces = new ulong[SpaceCount];
        private readonly ulong[] _threadMemory = new ulong[ThreadCount];
        private readonly ulong[] _spaceMemory = new ulong[SpaceCount];
        private readonly ulong _poolMemory;
        private readonly ulong _pool;
        private readonly ulong _signal;
        private SplitMix _random;

        public Crowd(ulong seed, bool hasContexts, bool usersSetBases)
        {
            _random = new SplitMix(seed);
            _world = new MachineWorld(hasContexts);
            ProcessorState.Own->UsersSetBases = usersSetBases;
            for (int i = 0; i < ThreadCount; i++)
            {
                _threadMemory[i] = _world.Make(ObjectType.Untyped, Limits.TcbBits);
                _buffers[i] = _world.Make(ObjectType.Page4K);
                _threads[i] = _world.Make(ObjectType.Tcb);
                _world.Delete(_threads[i]);
            }

            for (int i = 0; i < SpaceCount; i++)
            {
                _spaceMemory[i] = _world.Make(ObjectType.Untyped, Limits.VSpaceBits);
                _spaces[i] = _world.Make(ObjectType.Pml4);
                _world.Delete(_spaces[i]);
            }

            _poolMemory = _world.Make(ObjectType.Untyped, Limits.PageBits);
            _pool = _world.MakePool(_poolMemory);
            _signal = _world.Make(ObjectType.Notification);
            Invoke(RootSlot.Tcb, InvocationLabel.TcbSetPriority, [1], RootSlot.Tcb);
        }

        /// <summary>Gets how many calls of each kind succeeded.</summary>
        public Dictionary<InvocationLabel, int> Successes { get; } = [];

        /// <summary>Gets how often another thread went on.</summary>
        public int Switches { get; private set; }

        /// <summary>Gets how often no thread ran.</summary>
        public int Interrupts { get; private set; }

        /// <summary>Gets the bases that the processor has.</summary>
        public (ulong Fs, ulong Gs) Loaded => (Instructions.RegisterOf(MachineWorld.FsBase), Instructions.RegisterOf(MachineWorld.GsBase));

        /// <summary>Gets those that the current thread must have.</summary>
        public (ulong Fs, ulong Gs) Own => BasesOf(_world.State->Current);

        private static ulong Canonical(ulong address) => (ulong)((long)address << 16 >> 16);

        public void Step()
        {
            Tcb* before = _world.State->Current;
            Act();
            if (_world.State->Current != before)
                Switches++;
            while (_world.State->Current == null)
                Interrupt();
        }

        public void Dispose() => _world.Dispose();

        private void Act()
        {
            int i = _random.Below(ThreadCount);
            ulong thread = _threads[i], space = _spaces[_random.Below(SpaceCount)];
            Tcb* tcb = _world.Slots[thread].IsEmpty ? null : _world.Slots[thread].Cap.Thread;
            switch (_random.Below(100))
            {
                case < 4:
                    _world.Trap(Syscall.Recv, _signal, 0, []);
                    break;
                case < 12:
                    _world.Trap(Syscall.Yield, 0, 0, []);
                    break;
                case < 30:
                    Invoke(_random.Chance(10) ? RootSlot.Tcb : thread, InvocationLabel.TcbSetSpace, [0, Guard, 0], RootSlot.CNode, space);
                    break;
                case < 34:
                    Invoke(thread, InvocationLabel.TcbSuspend, []);
                    break;
                case < 44:
                    Invoke(thread, InvocationLabel.TcbResume, []);
                    break;
                case < 48:
                    Invoke(thread, InvocationLabel.TcbSetFlags, [_random.Next() & 1, _random.Next() & 1]);
                    break;
                case < 52:
                    ulong address = Address();
                    SetBases(_world.State->Current, address, BasesOf(_world.State->Current).Gs);
                    _world.Trap(Syscall.SetTlsBase, address, 0, []);
                    break;
                case < 57:
                    ulong other = Address();
                    if (Invoke(thread, InvocationLabel.TcbSetTlsBase, [other]))
                        SetBases(tcb, other, BasesOf(tcb).Gs);
                    break;
                case < 62:
                    WriteRegisters(thread, tcb);
                    break;
                case < 67:
                    CopyRegisters(thread, tcb);
                    break;
                case < 74:
                    if (ProcessorState.Own->UsersSetBases)
                        SetByInstruction();
                    break;
                case < 78:
                    Delete(space);
                    break;
                case < 84:
                    MakeSpace();
                    break;
                case < 91:
                    Invoke(_pool, InvocationLabel.X86AsidPoolAssign, [], space);
                    break;
                case < 92:
                    Delete(_pool);
                    break;
                case < 95:
                    Invoke(RootSlot.AsidControl, InvocationLabel.X86AsidControlMakePool, [_pool, Limits.WordBits], _poolMemory, RootSlot.CNode);
                    break;
                case < 96:
                    Delete(thread);
                    break;
                default:
                    MakeThread(i, space);
                    break;
            }
        }

        private void Interrupt()
        {
            Interrupts++;
            TranslationCheck.Run();
            Kernel<MetalMachine>.HandleInterrupt(_world.State, _world.Slots[_signal].Cap);
            _world.Resume();
        }

        private ulong Address() => _random.Chance(30) ? 0 : _random.Next();

        private (ulong Fs, ulong Gs) BasesOf(Tcb* thread) => _bases.GetValueOrDefault((nint)thread);

        private void SetBases(Tcb* thread, ulong fs, ulong gs) => _bases[(nint)thread] = (Canonical(fs), Canonical(gs));

        private void SetByInstruction()
        {
            ulong fs = Canonical(Address()), gs = Canonical(Address());
            Instructions.WriteMsr(MachineWorld.FsBase, fs);
            Instructions.WriteMsr(MachineWorld.GsBase, gs);
            SetBases(_world.State->Current, fs, gs);
        }

        private void WriteRegisters(ulong thread, Tcb* tcb)
        {
            Span<ulong> words = stackalloc ulong[2 + UserContext.Count];
            words.Clear();
            words[0] = _random.Next() & 1;
            words[1] = UserContext.Count;
            ulong fs = words[UserContext.Count] = Address(), gs = words[UserContext.Count + 1] = Address();
            if (Invoke(thread, InvocationLabel.TcbWriteRegisters, words))
                SetBases(tcb, fs, gs);
        }

        private void CopyRegisters(ulong thread, Tcb* tcb)
        {
            ulong flags = _random.Next() & 0xF, source = _random.Chance(30) ? RootSlot.Tcb : _threads[_random.Below(ThreadCount)];

            // The root thread must go on.
            if (source == RootSlot.Tcb)
                flags &= ~1UL;
            (ulong fs, ulong gs) = _world.Slots[source].IsEmpty ? default : BasesOf(_world.Slots[source].Cap.Thread);
            if (Invoke(thread, InvocationLabel.TcbCopyRegisters, [flags], source) && (flags & CopyIntegers) != 0)
                SetBases(tcb, fs, gs);
        }

        private void MakeSpace()
        {
            int i = _random.Below(SpaceCount);
            Invoke(_spaceMemory[i], InvocationLabel.UntypedRetype, [(ulong)ObjectType.Pml4, 0, 0, 0, _spaces[i], 1], RootSlot.CNode);
        }

        private void MakeThread(int i, ulong space)
        {
            if (!Invoke(_threadMemory[i], InvocationLabel.UntypedRetype, [(ulong)ObjectType.Tcb, 0, 0, 0, _threads[i], 1], RootSlot.CNode))
                return;
            SetBases(_world.Slots[_threads[i]].Cap.Thread, 0, 0);
            Invoke(_threads[i], InvocationLabel.TcbSetIpcBuffer, [0x1000], _buffers[i]);
            Invoke(_threads[i], InvocationLabel.TcbSetSpace, [0, Guard, 0], RootSlot.CNode, RootSlot.VSpace);
            Invoke(_threads[i], InvocationLabel.TcbSetSpace, [0, Guard, 0], RootSlot.CNode, space);
            Invoke(_threads[i], InvocationLabel.TcbSetPriority, [2], RootSlot.Tcb);
            Invoke(_threads[i], InvocationLabel.TcbResume, []);
        }

        private void Delete(ulong slot) => Invoke(RootSlot.CNode, InvocationLabel.CNodeDelete, [slot, Limits.WordBits]);

        private bool Invoke(ulong service, InvocationLabel label, ReadOnlySpan<ulong> words, params ReadOnlySpan<ulong> caps)
        {
            bool succeeds = _world.Invoke(service, label, words, caps) == SeL4Error.NoError;
            if (succeeds)
                Successes[label] = Successes.GetValueOrDefault(label) + 1;
            return succeeds;
        }
    }
}
