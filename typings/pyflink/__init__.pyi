# The part of PyFlink 2.3 that Ommatid uses; the package ships no type information.
