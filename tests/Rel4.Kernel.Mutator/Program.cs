using Rel4.Kernel.Mutator;

if (args is not [("probes" or "mutants") and var content, var sources, var output])
{
    Console.Error.WriteLine("usage: Rel4.Kernel.Mutator probes|mutants SOURCE-FOLDER OUTPUT.dll");
    return 2;
}

Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
return new InstrumentedBuild(sources, content == "mutants").WriteTo(output) ? 0 : 1;
